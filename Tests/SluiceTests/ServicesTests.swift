import JSON
import PythonEnvironment
import System
import Testing

/// State machines that call services, with a real `sluice up` and what it keeps in its home.
struct ServicesTests {
    let sluice: SluiceProcess
    init() throws { sluice = try SluiceProcess() }

    @Test func `tasks call the local queues, tables, buckets, buses and state machines`() throws {
        let service = try Service(sluice)
        let run = try PythonEnvironment.run(
            Place.repository + "/Tests/clients/services.py", [service.endpoint],
            in: sluice.directory.path)
        #expect(service.end() == .exited(code: 0))
        guard let run else { return }
        #expect(run.ending == .exited(code: 0), "\(run.output)")
        let item: JSON = ["k": ["S": "1"], "n": ["N": "7"], "done": ["BOOL": true]]
        let object = try JSON(parsing: text(of: sluice.home + "/buckets/work/services/out.json"))
        #expect(object == ["item": item])
        let message = try JSON(parsing: text(of: sluice.home + "/queues/replies/messages.jsonl"))
        #expect(message == ["item": item])
        // The entries that were refused have left none.
        let event = try JSON(
            parsing: text(of: sluice.home + "/event-buses/default/messages.jsonl"))
        #expect(event["source"] == "services" && event["detail-type"] == "done")
        #expect(event["detail"] == ["item": item])
        #expect(
            event["resources"]?[0] == "arn:aws:states:us-east-1:000000000000:stateMachine:services")
        // The job's queue hears of no other state machine's failures.
        #expect(try FileSystem.names(in: sluice.home + "/queues") == ["replies"])
    }
}

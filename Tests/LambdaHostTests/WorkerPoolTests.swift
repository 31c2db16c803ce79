import System
import Testing

@testable import LambdaHost

struct WorkerPoolTests {
    let one = WorkerID(function: "f", number: 1)
    let two = WorkerID(function: "f", number: 2)
    let three = WorkerID(function: "f", number: 3)

    func pool(concurrency: Int = 2, timeoutSeconds: Double = 3) -> WorkerPool {
        WorkerPool(
            HostedFunction(
                name: "f", executable: "/f", timeoutSeconds: timeoutSeconds,
                maximumConcurrency: concurrency, idleSeconds: 60))
    }

    @Test func `a process starts for the first call and is used again for the second`() {
        var pool = pool()
        #expect(pool.submit("a", now: 0) == [.start(one)])
        #expect(pool.workerAsked(one, now: 1) == [.deliver(call: "a", to: one)])
        #expect(pool.workerAnswered(one, call: "a", now: 2) == true)
        #expect(pool.workerAsked(one, now: 3) == [])
        #expect(pool.submit("b", now: 4) == [.deliver(call: "b", to: one)])
    }

    @Test func `no more processes start than may be, and calls wait in their order`() {
        var pool = pool()
        #expect(pool.submit("a", now: 0) == [.start(one)])
        #expect(pool.submit("b", now: 0) == [.start(two)])
        #expect(pool.submit("c", now: 0) == [])
        #expect(pool.submit("d", now: 0) == [])
        #expect(pool.workerAsked(two, now: 1) == [.deliver(call: "a", to: two)])
        #expect(pool.workerAsked(one, now: 1) == [.deliver(call: "b", to: one)])
        #expect(pool.workerAnswered(two, call: "a", now: 2) == true)
        #expect(pool.workerAsked(two, now: 2) == [.deliver(call: "c", to: two)])
    }

    @Test func `the process that worked last gets the call`() {
        var pool = pool()
        _ = pool.submit("a", now: 0)
        _ = pool.submit("b", now: 0)
        _ = pool.workerAsked(one, now: 1)
        _ = pool.workerAsked(two, now: 1)
        _ = pool.workerAnswered(two, call: "b", now: 2)
        _ = pool.workerAsked(two, now: 2)
        _ = pool.workerAnswered(one, call: "a", now: 3)
        _ = pool.workerAsked(one, now: 3)
        #expect(pool.submit("c", now: 4) == [.deliver(call: "c", to: one)])
    }

    @Test func `a call that takes too long ends with its process, and not before`() {
        var pool = pool(concurrency: 1)
        _ = pool.submit("a", now: 0)
        _ = pool.submit("b", now: 0)
        _ = pool.workerAsked(one, now: 10)
        #expect(pool.nextDeadline == 3_000_000_010)
        #expect(pool.tick(now: 3_000_000_009) == [])
        #expect(pool.tick(now: 3_000_000_010) == [.kill(one)])
        #expect(pool.workerAnswered(one, call: "a", now: 3_000_000_011) == false)
        // Only when the process is gone may another try begin.
        #expect(
            pool.workerEnded(one, .signalled(9), now: 3_000_000_012) == [
                .fail(call: "a", .timedOut(seconds: 3), worker: one), .start(two),
            ])
    }

    @Test func `a process that crashes fails its own call only`() {
        var pool = pool()
        _ = pool.submit("a", now: 0)
        _ = pool.submit("b", now: 0)
        _ = pool.workerAsked(one, now: 1)
        _ = pool.workerAsked(two, now: 1)
        #expect(
            pool.workerEnded(one, .exited(code: 1), now: 2) == [
                .fail(call: "a", .processEnded(.exited(code: 1)), worker: one)
            ])
        #expect(pool.workerAnswered(two, call: "b", now: 3) == true)
    }

    @Test func `each process that never gets to work fails one waiting call`() {
        var pool = pool(concurrency: 1)
        _ = pool.submit("a", now: 0)
        _ = pool.submit("b", now: 0)
        #expect(
            pool.workerEnded(one, .exited(code: 1), now: 1) == [
                .fail(call: "a", .processEnded(.exited(code: 1)), worker: one), .start(two),
            ])
        #expect(
            pool.workerNotStarted(two, SystemError("posix_spawn", "/f", errno: 2), now: 2) == [
                .fail(
                    call: "b", .notStarted(SystemError("posix_spawn", "/f", errno: 2)), worker: two)
            ])
        #expect(pool.workers.isEmpty)
    }

    @Test func `a process that does not get ready in time is killed`() {
        var pool = pool()
        _ = pool.submit("a", now: 0)
        #expect(pool.tick(now: 10_000_000_000) == [.kill(one)])
        #expect(
            pool.workerEnded(one, .signalled(9), now: 10_000_000_001)
                == [.fail(call: "a", .timedOut(seconds: 10), worker: one)])
    }

    @Test func `a process that asks again without an answer has failed its call`() {
        var pool = pool()
        _ = pool.submit("a", now: 0)
        _ = pool.workerAsked(one, now: 1)
        #expect(pool.workerAsked(one, now: 2) == [.fail(call: "a", .noAnswer, worker: one)])
        #expect(pool.submit("b", now: 3) == [.deliver(call: "b", to: one)])
    }

    @Test func `an idle process leaves in time, and is killed when it stays`() {
        var pool = pool()
        _ = pool.submit("a", now: 0)
        _ = pool.workerAsked(one, now: 0)
        _ = pool.workerAnswered(one, call: "a", now: 0)
        _ = pool.workerAsked(one, now: 0)
        #expect(pool.nextDeadline == 60_000_000_000)
        #expect(pool.tick(now: 60_000_000_000) == [.dismiss(one)])
        #expect(pool.tick(now: 62_000_000_000) == [.kill(one)])
        #expect(pool.workerEnded(one, .signalled(9), now: 62_000_000_001) == [])
    }

    @Test func `a cancelled call leaves the queue, or ends its process`() {
        var pool = pool(concurrency: 1)
        _ = pool.submit("a", now: 0)
        _ = pool.submit("b", now: 0)
        _ = pool.workerAsked(one, now: 1)
        #expect(pool.cancel("b") == [.fail(call: "b", .cancelled, worker: nil)])
        #expect(pool.cancel("a") == [.kill(one)])
        #expect(pool.cancel("unknown") == [])
        #expect(
            pool.workerEnded(one, .signalled(9), now: 2)
                == [.fail(call: "a", .cancelled, worker: one)])
    }

    @Test func `closing lets nothing in and everybody go`() {
        var pool = pool()
        _ = pool.submit("a", now: 0)
        _ = pool.submit("b", now: 0)
        _ = pool.submit("c", now: 0)
        _ = pool.workerAsked(one, now: 1)
        let actions = Set(pool.close())
        #expect(
            actions == [
                .kill(one), .kill(two), .fail(call: "b", .cancelled, worker: nil),
                .fail(call: "c", .cancelled, worker: nil),
            ])
        #expect(pool.isStillToStart(two) == false)
        #expect(pool.submit("d", now: 3) == [.fail(call: "d", .cancelled, worker: nil)])
        #expect(
            pool.workerEnded(one, .signalled(9), now: 4)
                == [.fail(call: "a", .cancelled, worker: one)])
        #expect(pool.workers.isEmpty)
    }
}

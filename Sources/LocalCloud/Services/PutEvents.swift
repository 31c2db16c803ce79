import Engine
import JSON
import Stores
import System

extension LocalServices {
    /// EventBridge's PutEvents takes so many entries at once.
    private static let eventEntries = 10

    /// EventBridge's PutEvents: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>.
    ///
    /// A bus is a queue of its own, each event a line as EventBridge would deliver it. The bus is there
    /// as soon as something is put on it; without a name it is `default`. An entry that is refused
    /// keeps none of the others back.
    func putEvents(_ parameters: JSON) throws(ServiceError) -> JSON {
        let entries = parameters["Entries"]?.array ?? []
        guard (1...Self.eventEntries).contains(entries.count) else {
            throw ServiceError(
                "ValidationException",
                "1 validation error detected: Value at 'entries' failed to satisfy constraint: "
                    + "Member must have from 1 to \(Self.eventEntries) elements")
        }
        var answers: [JSON] = []
        var failures = 0
        for entry in entries {
            do throws(ServiceError) {
                answers.append(["EventId": .string(try putEvent(entry))])
            } catch {
                failures += 1
                answers.append([
                    "ErrorCode": .string(error.code), "ErrorMessage": .string(error.message),
                ])
            }
        }
        return ["Entries": .array(answers), "FailedEntryCount": JSON(failures)]
    }

    /// - Returns: the event's id.
    private func putEvent(_ entry: JSON) throws(ServiceError) -> String {
        for name in ["Source", "DetailType", "Detail"] where entry.text(name).isEmpty {
            throw .invalid(name, "\(name) is a required argument.")
        }
        guard let detail = try? JSON(parsing: entry.text("Detail")), detail.object != nil else {
            throw ServiceError("MalformedDetail", "Detail is malformed.")
        }
        let id = randomUUID()
        let event: JSON = [
            "version": "0", "id": .string(id), "detail-type": entry["DetailType"] ?? .null,
            "source": entry["Source"] ?? .null, "account": JSON(LocalFunctions.account),
            "time": entry["Time"] ?? .string(WallClock().now().iso8601),
            "region": JSON(LocalFunctions.region), "resources": entry["Resources"] ?? [],
            "detail": detail,
        ]
        let bus = try Self.busName(in: entry)
        do throws(StoreError) {
            try LocalMessageQueue(directory: home.eventBus(bus)).send(event.serialized())
        } catch { throw ServiceError("InternalFailure", error.description) }
        return id
    }

    /// The name, or the name in the ARN; `default` without either.
    private static func busName(in entry: JSON) throws(ServiceError) -> String {
        guard let given = entry["EventBusName"], !given.isNull else { return "default" }
        let text = given.string ?? ""
        let name = text.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        let isARN = text.hasPrefix("arn:aws:events:") && text.contains(":event-bus/")
        guard isARN || name.utf8.count == text.utf8.count, (1...256).contains(name.utf8.count),
            nameCharacters.union(".").contains(allOf: name),
            !name.hasPrefix(".")
        else { throw .invalid("EventBusName", "'\(text)' is no name of an event bus.") }
        return String(name)
    }
}

extension ServiceError {
    fileprivate static func invalid(_ parameter: String, _ reason: String) -> ServiceError {
        ServiceError("InvalidArgument", "Parameter \(parameter) is not valid. Reason: \(reason)")
    }
}

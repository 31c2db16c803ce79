import Engine
import JSON
import LocalDynamoDB
import Stores

/// The services that tasks call, over the buckets, queues, tables and event buses of one home.
struct LocalServices: ServiceCaller {
    let home: Home
    let objects: LocalObjectStore
    let tables: TableStore

    func call(
        _ service: String, _ action: String, _ parameters: JSON
    ) throws(ServiceError) -> JSON {
        switch (service, action) {
        case ("s3", "getObject"): return try objects.getObject(parameters)
        case ("s3", "putObject"): return try objects.putObject(parameters)
        case ("sqs", "sendMessage"): return try sendMessage(parameters)
        case ("events", "putEvents"): return try putEvents(parameters)
        case ("dynamodb", _):
            do throws(TableError) {
                // The operations' names differ from the actions' in their first letter only.
                return try tables.call(
                    action.prefix(1).uppercased() + action.dropFirst(), parameters)
            } catch { throw ServiceError(error.code, error.message) }
        default:
            throw ServiceError("UnsupportedOperation", "\(service):\(action) is not offered here")
        }
    }
}

extension ServiceError {
    init(_ error: StoreError) {
        self.init(error.code.rawValue, "\(error.subject): \(error.message)")
    }
}

extension JSON {
    /// A member that is a text; empty when there is none.
    func text(_ name: String) -> String { self[name]?.string ?? "" }
}

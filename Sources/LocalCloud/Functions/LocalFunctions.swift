import LambdaHost
import Engine
import Glibc
import JSON
import Pipeline
import StatesLanguage
import System

/// The Lambda functions of the jobs as executables on this machine.
package enum LocalFunctions {
    package static let names = CustomerMessages.functionNames
    static let region = LocalAccount.region
    static let account = LocalAccount.id
    static let workBucket = "work"
    package static let dropBucket = "drop"
    static let tableName = "file-sets"
    package static let customersTableName = "customers"
    /// The longest that AWS lets a function take.
    static let timeoutSeconds = 900.0

    static var stateMachineARN: String { stateMachineARN(CustomerMessages.name) }

    static func stateMachineARN(_ job: String) -> String {
        "arn:aws:states:\(region):\(account):stateMachine:\(job)"
    }

    package static func executionARN(_ name: String) -> String {
        "arn:aws:states:\(region):\(account):execution:\(CustomerMessages.name):\(name)"
    }

    static func functionARN(_ name: String) -> String {
        "arn:aws:lambda:\(region):\(account):function:\(name)"
    }

    static func hosted(
        _ home: Home, port: UInt16, _ settings: CloudSettings
    ) throws -> [HostedFunction] {
        let directory = try executableDirectory()
        var environment = [
            "SLUICE_OBJECTS": Home.uri(home.buckets),
            "SLUICE_QUEUE": Home.uri(home.queue(CustomerMessages.name)),
            "SLUICE_TABLE": "dynamodb://\(tableName)",
            "SLUICE_STATE_MACHINE_ARN": stateMachineARN,
            "SLUICE_WORK_BUCKET": workBucket,
            "SLUICE_DEADLINE_SECONDS": String(settings.deadlineSeconds),
            "SLUICE_ALLOWED_REJECTS": String(settings.allowedRejects),
            "SLUICE_DELIMITER": settings.delimiter,
            "AWS_ENDPOINT_URL_SFN": "http://127.0.0.1:\(port)",
            "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:\(port)",
            // Nobody here makes metrics of them.
            "SLUICE_METRICS": "off",
            // No real ones must get in by accident; nobody checks these.
            "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
            // mallopt(3): keep what is freed, since the next invocation wants as much again, and giving it
            // to the system and taking it back page by page can cost more than the work done on it.
            "MALLOC_MMAP_THRESHOLD_": String(32 << 20), "MALLOC_TRIM_THRESHOLD_": String(1 << 30),
            "MALLOC_TOP_PAD_": String(1 << 20),
        ]
        if settings.keepsCustomersTable { environment["CUSTOMERS_TABLE"] = customersTableName }
        environment["SLUICE_CHUNK_SIZE_BYTES"] = settings.chunkSizeBytes.map { String($0) }
        return names.map { name in
            HostedFunction(
                name: name, executable: "\(directory)/\(name)", environment: environment,
                timeoutSeconds: timeoutSeconds, maximumConcurrency: settings.workers)
        }
    }

    /// Where the functions' executables are: beside this one, or in `lambda/` beside it, where the
    /// build puts static ones, which start faster and take less memory. What was built last is taken.
    static func executableDirectory() throws -> String {
        let own = try ownDirectory()
        let isNewer = try names.allSatisfy { name in
            guard let packed = try FileStatus(of: "\(own)/lambda/\(name)") else { return false }
            guard let plain = try FileStatus(of: "\(own)/\(name)") else { return true }
            return packed.modifiedNanoseconds >= plain.modifiedNanoseconds
        }
        return isNewer ? own + "/lambda" : own
    }

    /// Where this executable is.
    package static func ownDirectory() throws -> String {
        guard let path = realpath("/proc/self/exe", nil) else {
            throw SystemError("realpath", "/proc/self/exe")
        }
        defer { free(path) }
        let text = String(cString: path)
        return String(text[..<(text.lastIndex(of: "/") ?? text.startIndex)])
    }

    /// The definition as it runs here, its `${…}` filled in.
    static func definition() -> String {
        var values = ["WorkBucket": workBucket]
        for name in names {
            values[CustomerMessages.placeholder(ofFunction: name)] = functionARN(name)
        }
        var text = CustomerMessages.stateMachine.json.serialized()
        for (name, value) in values { text = text.replacing("${\(name)}", with: value) }
        return text
    }
}

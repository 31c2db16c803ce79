import LambdaHost
import Engine
import Glibc
import JSON
package import Pipeline
import StatesLanguage
import System

/// The Lambda functions of the jobs as executables on this machine.
package enum LocalFunctions {
    package static let names = StepFunction.allCases.map(\.rawValue)
    static let region = LocalAccount.region
    static let account = LocalAccount.id
    static let workBucket = "work"
    package static let dropBucket = "drop"
    static let tableName = "file-sets"
    /// Takes the errors of jobs without a queue, and of files that no job takes.
    package static let errorsQueue = "errors"
    /// The longest that AWS lets a function take.
    static let timeoutSeconds = 900.0

    /// What the ARN of a job's state machine begins with.
    static let stateMachineARNPrefix = "arn:aws:states:\(region):\(account):stateMachine:"

    package static func stateMachineARN(_ job: String) -> String { stateMachineARNPrefix + job }

    package static func executionARN(_ job: String, _ name: String) -> String {
        "arn:aws:states:\(region):\(account):execution:\(job):\(name)"
    }

    /// The job whose state machine that is; nil for another state machine.
    package static func job(ofStateMachine arn: String) -> (any Job.Type)? {
        Jobs.all.first { stateMachineARN($0.name) == arn }
    }

    /// The job whose execution that is; nil for one of another state machine.
    package static func job(ofExecution arn: String) -> (any Job.Type)? {
        let parts = arn.split(separator: ":")
        guard parts.count > 6 else { return nil }
        return Jobs.all.first { $0.name == parts[6] }
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
            "SLUICE_ERRORS_QUEUE": Home.uri(home.queue(errorsQueue)),
            "SLUICE_TABLE": "dynamodb://\(tableName)",
            "SLUICE_STATE_MACHINE_ARN_PREFIX": stateMachineARNPrefix,
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
        environment.merge(settings.options.environment) { $1 }
        for job in Jobs.all {
            for resource in resources(of: job, settings) {
                environment[resource.environment] = value(of: resource, home)
            }
        }
        environment["SLUICE_CHUNK_SIZE_BYTES"] = settings.chunkSizeBytes.map { String($0) }
        return names.map { name in
            HostedFunction(
                name: name, executable: "\(directory)/\(name)", environment: environment,
                timeoutSeconds: timeoutSeconds, maximumConcurrency: settings.workers)
        }
    }

    /// The job's resources that there are.
    static func resources(
        of job: any Job.Type, _ settings: CloudSettings
    ) -> [JobResource] {
        job.resources.filter { $0.condition.map { settings.options.isOn($0) } ?? true }
    }

    /// Where a function finds a resource of the home.
    private static func value(of resource: JobResource, _ home: Home) -> String {
        switch resource.kind {
        case .queue: Home.uri(home.queue(resource.name))
        case .table: resource.name
        case .tables: "sluice-table://"
        case .bucket: resource.name
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

    /// A job's definition as it runs here, its `${…}` filled in.
    static func definition(_ job: any Job.Type) -> String {
        var values = ["WorkBucket": workBucket, "Partition": "aws"]
        for function in StepFunction.allCases {
            values[function.placeholder] = functionARN(function.rawValue)
        }
        var text = StateMachine.of(job).json.serialized()
        for (name, value) in values { text = text.replacing("${\(name)}", with: value) }
        return text
    }
}

import HTTP
public import JSON
import System

#if canImport(Glibc)
import Glibc
#endif

/// What an executable does with an event. It returns the result, or throws:
///
/// - a ``StepError``: its name and cause become the error and the cause that the state machine sees;
/// - anything else: `Sluice.InternalError`.
///
/// A handler that throws fails its invocation only; the process stays for the next one. What it had
/// written until then stays written, so handlers are idempotent. There is no stack to report: the cause
/// says what was wrong with what.
public typealias LambdaHandler = (JSON, LambdaContext) throws -> JSON

/// The main loop of a Lambda executable: takes invocations from the Runtime API one by one.
///
/// SIGTERM, which Lambda sends before it ends an environment, ends the process at once: between two
/// invocations there is nothing to save, and during one the next attempt goes on.
///
/// Not supported: response streaming, SnapStart hooks, extensions.
public enum LambdaRuntime {
    /// Serves invocations until the host goes away.
    ///
    /// The process ends with status 0 when the Runtime API, once reached, refuses connections or
    /// answers 410; with status 1 and one line on standard error when it never was reachable, when it
    /// answers with 5xx ("Runtime should exit promptly"), or when it cannot be understood.
    public static func run(_ handler: @escaping LambdaHandler) -> Never {
        run { handler }
    }

    /// ``run(_:)`` with a handler that is made first; what that throws is reported as the error of
    /// the initialisation.
    /// - Parameter describe: what an event is about, for every log line of its invocation. No secrets.
    public static func run(
        describing describe: (JSON) -> JSONObject = { _ in [:] },
        makingHandler make: () throws -> LambdaHandler
    ) -> Never {
        let log = LambdaLog()
        // Without it, too, a step has what it needs: nothing opens files without a bound.
        _ = try? raiseOpenFileLimit()
        guard let endpoint = environmentVariable("AWS_LAMBDA_RUNTIME_API"), !endpoint.isEmpty else {
            log(
                .fatal,
                "AWS_LAMBDA_RUNTIME_API is not set: this executable is started by AWS Lambda or by sluice"
            )
            exit(1)
        }
        let api = RuntimeAPI(endpoint: endpoint)
        let handler: LambdaHandler
        do {
            handler = try make()
        } catch {
            let failure = StepError(unknown: error)
            log(.fatal, failure.loggedCause, ["errorType": .string(failure.errorName)])
            _ = try? api.failInitialisation(failure)
            exit(1)
        }
        switch serve(api, log: log, describing: describe, handler) {
        case .hostGone: exit(0)
        case .broken(let message):
            log(.fatal, message)
            exit(1)
        }
    }

    /// Why the loop ended.
    enum Ending: Sendable, Hashable {
        case hostGone
        case broken(String)
    }

    static func serve(
        _ api: RuntimeAPI, log: LambdaLog, clock: any Clock = WallClock(),
        exportTraceID: (String?) -> Void = Self.exportTraceID,
        describing describe: (JSON) -> JSONObject = { _ in [:] }, _ handler: LambdaHandler
    ) -> Ending {
        var wasReached = false
        do throws(HTTPError) {
            while true {
                let answer = try api.next()
                wasReached = true
                if answer.status == 410 { return .hostGone }
                guard answer.isSuccess else {
                    return .broken("the Runtime API answered \(answer.status): \(answer.text)")
                }
                let event = event(of: answer.body)
                let fields = (try? event.get()).map(describe) ?? [:]
                guard let context = context(of: answer, log: log, fields, clock: clock) else {
                    return .broken("the Runtime API sent an invocation without request id")
                }
                exportTraceID(context.traceID)
                let outcome = outcome(of: event, context, handler)
                // Before the answer: once it is there, Lambda may freeze the process.
                context.writeMetrics()
                let receipt: HTTPResponse
                switch outcome {
                case .success(let result):
                    receipt = try api.respond(result, to: context.requestID)
                case .failure(let error):
                    var fields: JSONObject = ["errorType": .string(error.errorName)]
                    if let details = error.loggedDetails { fields["details"] = .object(details) }
                    context.log.error(error.loggedCause, fields)
                    receipt = try api.fail(error, of: context.requestID)
                }
                if receipt.status == 410 { return .hostGone }
                guard receipt.status < 500 else {
                    return .broken("the Runtime API answered \(receipt.status): \(receipt.text)")
                }
                if !receipt.isSuccess {
                    // The invocation is over (413: its result was too large); the next may do better.
                    context.log.error(
                        "the result was refused with status \(receipt.status)",
                        ["answer": .string(receipt.text)])
                }
            }
        } catch {
            if wasReached, error.isPeerGone { return .hostGone }
            return .broken("the Runtime API cannot be reached: \(error)")
        }
    }

    /// Where the X-Ray SDKs look for it. Safe, since this process has one thread at this point.
    private static func exportTraceID(_ traceID: String?) {
        if let traceID {
            setenv("_X_AMZN_TRACE_ID", traceID, 1)
        } else {
            unsetenv("_X_AMZN_TRACE_ID")
        }
    }

    private static func context(
        of answer: HTTPResponse, log: LambdaLog, _ fields: JSONObject, clock: any Clock
    ) -> LambdaContext? {
        let headers = answer.headers
        guard let requestID = headers["Lambda-Runtime-Aws-Request-Id"], !requestID.isEmpty else {
            return nil
        }
        return LambdaContext(
            requestID: requestID,
            functionARN: headers["Lambda-Runtime-Invoked-Function-Arn"] ?? "",
            deadlineMilliseconds: headers["Lambda-Runtime-Deadline-Ms"].flatMap { Int($0) },
            traceID: headers["Lambda-Runtime-Trace-Id"], log: log, fields: fields, clock: clock)
    }

    private static func event(of body: [UInt8]) -> Result<JSON, StepError> {
        do throws(JSONError) {
            return .success(try JSON(parsing: body))
        } catch {
            return .failure(
                StepError(
                    errorName: "Sluice.InvalidEvent", cause: "the event is not JSON: \(error)"))
        }
    }

    /// What the handler makes of the event; how long that took becomes a metric.
    private static func outcome(
        of event: Result<JSON, StepError>, _ context: LambdaContext, _ handler: LambdaHandler
    ) -> Result<JSON, StepError> {
        let start = monotonicNanoseconds()
        defer {
            let milliseconds = (monotonicNanoseconds() - start + 999_999) / 1_000_000
            context.record([.duration(milliseconds: milliseconds)])
        }
        return event.flatMap { event in
            do {
                return .success(try handler(event, context))
            } catch {
                return .failure(StepError(unknown: error))
            }
        }
    }
}

extension StepError {
    /// What the state machine is told of an error that may be of any type. The name never comes from
    /// the name of a Swift type: renaming a type must not break a Retry.
    init(unknown error: any Error) {
        switch error {
        case let error as StepError: self = error
        default: self.init(errorName: "Sluice.InternalError", cause: "\(error)")
        }
    }
}

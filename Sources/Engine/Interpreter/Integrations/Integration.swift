import JSON
import StatesLanguage

/// What a Task's resource stands for here. Others are refused when a state machine is created.
///
/// See <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html>.
enum Integration: Sendable {
    /// `arn:aws:lambda:…:function:NAME`: called with the payload itself; the answer is the result.
    case function(name: String, waitsForToken: Bool)
    /// `arn:aws:states:::lambda:invoke`
    case lambdaInvoke(waitsForToken: Bool)
    /// `arn:aws:states:::states:startExecution`
    case startExecution(Resource.Pattern)
    /// Answered by the engine's ``ServiceCaller``.
    case service(ServiceIntegration, waitsForToken: Bool)

    init?(_ resource: Resource) {
        switch resource.target {
        case .function(let arn, let pattern) where Self.isCallOrCallback(pattern):
            self = .function(
                name: Self.functionName(arn), waitsForToken: pattern == .waitForTaskToken)
        case .service("lambda", action: "invoke", let pattern) where Self.isCallOrCallback(pattern):
            self = .lambdaInvoke(waitsForToken: pattern == .waitForTaskToken)
        case .service("states", action: "startExecution", let pattern):
            self = .startExecution(pattern)
        case .service(let service, let action, let pattern) where Self.isCallOrCallback(pattern):
            let waits = pattern == .waitForTaskToken
            guard
                let found = ServiceIntegration.all.first(where: {
                    $0.resourceType == service && $0.action == action
                }), !waits || found.canWaitForToken
            else { return nil }
            self = .service(found, waitsForToken: waits)
        default: return nil
        }
    }

    private static func isCallOrCallback(_ pattern: Resource.Pattern) -> Bool {
        pattern == .requestResponse || pattern == .waitForTaskToken
    }

    /// Every resource that a Task may have, for the message that refuses another.
    static var supported: String {
        let callback = "[.waitForTaskToken]"
        let services = ServiceIntegration.all.map {
            "arn:aws:states:::\($0.resourceType):\($0.action)\($0.canWaitForToken ? callback : "")"
        }
        let others = [
            "arn:aws:lambda:REGION:ACCOUNT:function:NAME" + callback,
            "arn:aws:states:::lambda:invoke" + callback,
            "arn:aws:states:::states:startExecution[.sync|.sync:2|.waitForTaskToken]",
        ]
        return (others + services).joined(separator: ", ")
    }

    /// Whether SendTaskSuccess or SendTaskFailure ends the task.
    var waitsForToken: Bool {
        switch self {
        case .function(_, let waits), .lambdaInvoke(let waits), .service(_, let waits): waits
        case .startExecution(let pattern): pattern == .waitForTaskToken
        }
    }

    /// Whether the end of the execution it starts ends the task.
    var waitsForExecution: Bool {
        if case .startExecution(let pattern) = self {
            pattern == .sync || pattern == .syncJSON
        } else {
            false
        }
    }

    /// What the Task… events call it; nil for a function's ARN, which has events of its own.
    var eventNames: (resourceType: String, resource: String)? {
        let callback = waitsForToken ? ".waitForTaskToken" : ""
        switch self {
        case .function: return nil
        case .lambdaInvoke: return ("lambda", "invoke" + callback)
        case .startExecution(.sync): return ("states", "startExecution.sync")
        case .startExecution(.syncJSON): return ("states", "startExecution.sync:2")
        case .startExecution: return ("states", "startExecution" + callback)
        case .service(let service, _): return (service.resourceType, service.action + callback)
        }
    }

    /// What the resource takes; nil for a function's ARN, which takes anything.
    var fields: [ParameterField]? {
        switch self {
        case .function: nil
        case .lambdaInvoke: Self.lambdaFields
        case .startExecution: Self.startExecutionFields
        case .service(let service, _): service.fields
        }
    }

    /// The parameters without what the resource does not know, which AWS leaves out in silence when
    /// it comes with the input; in a definition's Parameters it is refused.
    func known(_ parameters: JSON) -> JSON {
        switch self {
        case .function, .lambdaInvoke: return parameters
        case .startExecution, .service:
            guard let object = parameters.object, let fields else { return parameters }
            let names = Set(fields.map(\.name))
            return .object(
                JSONObject(object.filter { names.contains($0.name) }.map { ($0.name, $0.value) }))
        }
    }

    /// What is to be done for a task with these parameters.
    /// - Throws: `States.Runtime` when they lack something, or have something of a wrong type.
    func request(
        _ parameters: JSON, of caller: ExecutionState.Identity
    ) throws(StatesError) -> TaskRequest {
        if let fields { try ParameterField.check(parameters, fields) }
        switch self {
        case .function(let name, _): return .invoke(function: name, payload: parameters)
        case .lambdaInvoke: return Self.lambdaRequest(parameters)
        case .startExecution: return Self.startRequest(parameters)
        case .service(let service, _):
            return .call(
                service: service.service, action: service.action,
                parameters: .object(service.shape(parameters.object ?? [:], caller)))
        }
    }

    /// What a task gets whose worker went away with the engine that had started it. Lambda's name is
    /// one of the four that AWS tells everybody to retry; the others are those of a client whose
    /// call came to nothing. `States.TaskFailed` covers them all.
    var lostWorker: Failure {
        let error =
            switch self {
            case .function, .lambdaInvoke: "Lambda.ServiceException"
            case .startExecution: "StepFunctions.SdkClientException"
            case .service(let service, _): service.errorPrefix + ".SdkClientException"
            }
        return Failure(
            error: error,
            cause: "The engine stopped while the call was in flight; its result is lost.")
    }
}

/// What the runner is to do for a task.
enum TaskRequest: Sendable {
    case invoke(function: String, payload: JSON)
    case call(service: String, action: String, parameters: JSON)
    case startExecution(StartRequest)
}

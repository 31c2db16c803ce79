import JSON
import StatesLanguage
import System

extension ExecutionState {
    /// `$$` in a flow's state: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>.
    func context(_ flow: Flow, token: String? = nil, item: JSON? = nil) -> JSON {
        var execution: JSONObject = [
            "Id": .string(identity.arn), "Input": identity.input, "Name": .string(identity.name),
            "RoleArn": .string(identity.roleARN), "StartTime": .string(startedAt.iso8601),
        ]
        // An Express child execution is started over, so it has none.
        if !identity.isExpress {
            execution["RedriveCount"] = JSON(redriveCount)
            if let redrivenAt { execution["RedriveTime"] = .string(redrivenAt.iso8601) }
        }
        var context: JSONObject = ["Execution": .object(execution)]
        if let item = item ?? flow.mapItem { context["Map"] = ["Item": item] }
        if let visit = flow.visit {
            var state: JSONObject = [
                "Name": .string(visit.state), "EnteredTime": .string(visit.enteredAt.iso8601),
            ]
            // States that cannot be retried have none on AWS either.
            switch node(flow)?.state.kind {
            case .task, .parallel, .map: state["RetryCount"] = JSON(visit.retryCount)
            default: break
            }
            context["State"] = .object(state)
        }
        context["StateMachine"] = [
            "Id": .string(identity.machineARN), "Name": .string(identity.machineName),
        ]
        if let token { context["Task"] = ["Token": .string(token)] }
        return .object(context)
    }

    /// What the paths of a flow's state see; `$` is the raw input unless given.
    func scope(_ flow: Flow, input: JSON? = nil, token: String? = nil) -> Scope {
        Scope(
            input: input ?? flow.visit?.input ?? .null, context: context(flow, token: token),
            variables: flow.variables)
    }
}

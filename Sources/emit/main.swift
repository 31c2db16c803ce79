import LambdaRuntime
import Pipeline

// Sums meet customers, messages leave.
LambdaRuntime.run {
    let environment = try StepEnvironment.fromVariables()
    return { event, context in
        try Emit(environment.logging(context.log.info)).handle(event)
    }
}

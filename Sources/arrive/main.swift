import LambdaRuntime
import Pipeline

// A file is there, or a state waits for one.
LambdaRuntime.run {
    let environment = try StepEnvironment.fromVariables()
    return { event, context in
        try Arrive(environment.logging(context.log.info)).handle(event)
    }
}

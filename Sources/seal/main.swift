import LambdaRuntime
import Pipeline

// Do the chunks fit, and what comes next?
LambdaRuntime.run {
    let environment = try StepEnvironment.fromVariables()
    return { event, context in
        try Seal(environment.logging(context.log.info)).handle(event)
    }
}

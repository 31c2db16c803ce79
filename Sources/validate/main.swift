import LambdaRuntime
import Pipeline

// Is it CSV, are the columns there, what are the chunks?
LambdaRuntime.run {
    let environment = try StepEnvironment.fromVariables()
    return { event, context in
        try Validate(environment.logging(context.log.info)).handle(event)
    }
}

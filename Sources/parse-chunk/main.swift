import LambdaRuntime
import Pipeline

// A range of bytes becomes rows, filed by slice.
LambdaRuntime.run {
    let environment = try StepEnvironment.fromVariables()
    return { event, context in
        try ParseChunk(environment.logging(context.log.info)).handle(event)
    }
}

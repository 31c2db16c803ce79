import LambdaRuntime
import Pipeline

// A range of bytes becomes rows, filed by slice.
LambdaRuntime.run(describing: StepSubject.fields) {
    let environment = try StepEnvironment.fromVariables()
    return { event, context in
        try ParseChunk(environment.observed(log: context.log.info, record: context.record))
            .handle(event)
    }
}

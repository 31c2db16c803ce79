import LambdaRuntime
import Pipeline

// A file is there, or a state waits for one.
LambdaRuntime.run(describing: StepSubject.fields) {
    let environment = try StepEnvironment.fromVariables()
    return { event, context in
        try Arrive(environment.observed(log: context.log.info, record: context.record))
            .handle(event)
    }
}

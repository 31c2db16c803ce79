import LambdaRuntime
import Pipeline

// Do the chunks fit, and what comes next?
LambdaRuntime.run(describing: StepSubject.fields) {
    let environment = try StepEnvironment.fromVariables()
    return { event, context in
        try Seal(environment.observed(log: context.log.info, record: context.record))
            .handle(event)
    }
}

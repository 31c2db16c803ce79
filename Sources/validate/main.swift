import LambdaRuntime
import Pipeline

// Is it CSV, are the columns there, what are the chunks?
LambdaRuntime.run(describing: StepSubject.fields) {
    let environment = try StepEnvironment.fromVariables()
    return { event, context in
        try Validate(environment.observed(log: context.log.info, record: context.record))
            .handle(event)
    }
}

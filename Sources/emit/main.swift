import LambdaRuntime
import Pipeline

// Sums meet customers, messages leave.
LambdaRuntime.run(describing: StepSubject.fields) {
    let environment = try StepEnvironment.fromVariables()
    return { event, context in
        try Emit(environment.observed(log: context.log.info, record: context.record))
            .handle(event)
    }
}

import LambdaRuntime
import Pipeline

// Orders meet items, sums are filed by customer.
LambdaRuntime.run(describing: StepSubject.fields) {
    let environment = try StepEnvironment.fromVariables()
    return { event, context in
        try Aggregate(environment.observed(log: context.log.info, record: context.record))
            .handle(event)
    }
}

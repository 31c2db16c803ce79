import LambdaRuntime
import Pipeline

// Orders meet items, sums are filed by customer.
LambdaRuntime.run {
    let environment = try StepEnvironment.fromVariables()
    return { event, context in
        try Aggregate(environment.logging(context.log.info)).handle(event)
    }
}

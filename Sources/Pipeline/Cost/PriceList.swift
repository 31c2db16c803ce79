/// What AWS asks for what a run uses, in US dollars, exactly.
///
/// Without free tier, data transfer, storage, logs and metrics, KMS and discounts.
struct PriceList: Sendable {
    /// An amount for one of something.
    struct Price: Sendable {
        /// `state transition`, `GB-second`.
        var unit: String
        /// Decimal digits, as the price list writes them per unit.
        var dollars: StaticString
    }

    var region: String
    /// The month in which the prices were looked up, `YYYY-MM`.
    var date: String
    var stateTransition: Price
    var lambdaRequest: Price
    var lambdaGigabyteSecond: Price
    var putRequest: Price
    var getRequest: Price
    var queueRequest: Price
    var tableWrite: Price

    /// | service | price list |
    /// |---|---|
    /// | Step Functions, Standard | <https://aws.amazon.com/step-functions/pricing/> |
    /// | Lambda, of the processor that this is built for | <https://aws.amazon.com/lambda/pricing/> |
    /// | S3, Standard | <https://aws.amazon.com/s3/pricing/> |
    /// | SQS, standard queue, per 64 KB | <https://aws.amazon.com/sqs/pricing/> |
    /// | DynamoDB, on demand, per KB | <https://aws.amazon.com/dynamodb/pricing/on-demand/> |
    static let northVirginia = PriceList(
        region: "us-east-1", date: "2025-11",
        stateTransition: Price(unit: "state transition", dollars: "0.000025"),
        lambdaRequest: Price(unit: "request", dollars: "0.0000002"),
        lambdaGigabyteSecond: Price(unit: "GB-second", dollars: lambdaGigabyteSecondDollars),
        putRequest: Price(unit: "PUT request", dollars: "0.000005"),
        getRequest: Price(unit: "GET request", dollars: "0.0000004"),
        queueRequest: Price(unit: "request of 64 KB", dollars: "0.0000004"),
        tableWrite: Price(unit: "write request unit", dollars: "0.000000625"))

    #if arch(arm64)
    private static let lambdaGigabyteSecondDollars: StaticString = "0.0000133334"
    #else
    private static let lambdaGigabyteSecondDollars: StaticString = "0.0000166667"
    #endif
}

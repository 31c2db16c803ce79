import JSON

extension ServiceIntegration {
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html>. A MessageBody that is
    /// no text is sent as its JSON.
    static let sqsSendMessage = ServiceIntegration(
        resourceType: "sqs", action: "sendMessage", service: "sqs", errorPrefix: "SQS",
        nameInCauses: "AmazonSQS", ownErrors: ["QueueDoesNotExist", "UnsupportedOperation"],
        otherError: "AmazonSQSException",
        fields: [.required("QueueUrl", .string), .required("MessageBody", .any)],
        tellsOfHTTP: true
    ) { given, _ in
        var request = given
        request["MessageBody"] = given["MessageBody"].map { .string($0.text) }
        return request
    }
}

extension JSON {
    /// A string's own text, of everything else the JSON text.
    var text: String { string ?? serialized() }
}

import JSON

extension ServiceIntegration {
    /// Objects whole, as AWS's SDK integrations offer them:
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html>.
    /// `s3:getObject` and `s3:putObject` without `aws-sdk:` mean the same. A Body that is no text is
    /// put as its JSON.
    static let s3Objects: [ServiceIntegration] = ["aws-sdk:s3", "s3"].flatMap { type in
        [
            s3(type, "getObject", []),
            s3(type, "putObject", [.optional("Body")]) { given, _ in
                var request = given
                request["Body"] = .string(given["Body"]?.text ?? "")
                return request
            },
        ]
    }

    private static func s3(
        _ type: String, _ action: String, _ fields: [ParameterField],
        shape: @escaping @Sendable (JSONObject, ExecutionState.Identity) -> JSONObject = {
            given, _ in given
        }
    ) -> ServiceIntegration {
        ServiceIntegration(
            resourceType: type, action: action, service: "s3", errorPrefix: "S3",
            nameInCauses: "S3", ownErrors: ["NoSuchKey", "NoSuchBucket"], otherError: "S3Exception",
            fields: [.required("Bucket", .string), .required("Key", .string)] + fields,
            shape: shape)
    }
}

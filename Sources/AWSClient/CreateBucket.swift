import HTTP

extension S3 {
    /// Creates a bucket in the client's region; one that is there already and the caller's own is no
    /// error. A new bucket is encrypted and closed to the public by S3's defaults.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
    public func createBucket(_ bucket: String) throws(AWSError) {
        let region = client.configuration.region ?? "us-east-1"
        // The region that was there first must not be named.
        let body =
            region == "us-east-1"
            ? ""
            : "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                + "<LocationConstraint>\(region)</LocationConstraint></CreateBucketConfiguration>"
        let request = HTTPRequest(
            "PUT", try objectURL(bucket: bucket, key: ""), body: Array(body.utf8))
        do throws(AWSError) {
            _ = try client.send(AWSRequest(.s3, "CreateBucket", HTTPTransfer(request)))
        } catch {
            if error.code != "BucketAlreadyOwnedByYou" { throw error }
        }
    }

    /// Where an object is, for others to fetch: by host name at AWS, by path at a configured endpoint.
    public func objectURL(bucket: String, key: String) throws(AWSError) -> String {
        let endpoint = try client.configuration.endpoint(.s3)
        let path = uriEncoded(key.utf8, keepingSlash: true)
        if client.configuration.configuredEndpoint(.s3) != nil || bucket.contains(".") {
            return "\(endpoint)/\(uriEncoded(bucket.utf8))/\(path)"
        }
        let parts = URLParts(endpoint)
        return "\(parts.scheme)://\(uriEncoded(bucket.utf8)).\(parts.authority)/\(path)"
    }
}

import HTTP

extension S3 {
    /// Creates a bucket in the client's region; one that is there already and the caller's own is no
    /// error. A new bucket is encrypted and closed to the public by S3's defaults.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
    public func createBucket(_ bucket: String) throws(AWSError) {
        var request = try request("CreateBucket", "PUT", bucket, nil)
        // The region that was there first must not be named.
        if let region = try client.configuration.knownRegion(), region != "us-east-1" {
            let body =
                "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                + "<LocationConstraint>\(region)</LocationConstraint></CreateBucketConfiguration>"
            request.transfer.request.body = Array(body.utf8)
        }
        do throws(AWSError) {
            _ = try client.send(request)
        } catch {
            if error.code != "BucketAlreadyOwnedByYou" { throw error }
        }
    }

    /// Where an object is, for another service to fetch.
    public func objectURL(bucket: String, key: String) throws(AWSError) -> String {
        try request("GetObject", "GET", bucket, key).transfer.request.url
    }
}

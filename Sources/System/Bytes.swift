extension Array where Element == UInt8 {
    /// ``Swift/Array/withUnsafeBytes(_:)`` for a body that throws one type of error.
    @inlinable
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try span.bytes.withUnsafeBytes(body)
    }
}

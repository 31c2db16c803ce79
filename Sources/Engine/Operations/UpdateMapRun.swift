import JSON

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateMapRun.html>.
/// Children that run beyond a smaller concurrency go on; none begins until fewer run.
@Sendable func updateMapRun(_ json: JSON, _ runner: Runner) throws -> JSON {
    let arn = try Request(json).arn("mapRunArn", of: ["mapRun"])
    guard let row = try runner.store.mapRunRow(arn: arn) else { throw ServiceError.noMapRun(arn) }
    let concurrency = try count("maxConcurrency", json)
    let failures = try count("toleratedFailureCount", json)
    var percentage: Double?
    if let value = json["toleratedFailurePercentage"], !value.isNull {
        guard let number = value.double, (0...100).contains(number) else {
            throw ServiceError("ValidationException", "toleratedFailurePercentage must be 0 to 100")
        }
        percentage = number
    }
    guard concurrency != nil || failures != nil || percentage != nil else {
        throw ServiceError("ValidationException", "Nothing to update was given")
    }
    guard runner.mapRuns[row]?.status == .running else {
        throw ServiceError("ValidationException", "The Map Run is not running: '\(arn)'")
    }
    let actions = runner.mapRuns[row]!.update(
        maxConcurrency: concurrency, toleratedFailureCount: failures,
        toleratedFailurePercentage: percentage)
    runner.changedMapRuns.insert(row)
    try runner.perform(actions, mapRun: row)
    return [:]
}

private func count(_ name: String, _ json: JSON) throws(ServiceError) -> Int? {
    guard let value = json[name], !value.isNull else { return nil }
    guard let count = value.int, count >= 0 else {
        throw ServiceError("ValidationException", "\(name) must be an integer of at least 0")
    }
    return count
}

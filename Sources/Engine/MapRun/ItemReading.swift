import JSON
import StatesLanguage

/// Reads a distributed Map's items: an object that is a JSON array, or holds one.
///
/// Not supported yet: JSON Lines, CSV, manifests and listings.
func readItems(
    _ source: ItemSource, from objects: any ObjectSource
) -> Result<[JSON], Failure> {
    let place = "s3://\(source.bucket)/\(source.key)"
    func failure(_ cause: String) -> Result<[JSON], Failure> {
        .failure(Failure(error: StatesError.Name.itemReaderFailed, cause: cause))
    }
    guard source.reader.inputType == nil || source.reader.inputType == .json else {
        return failure(
            "\(place): the InputType \(source.reader.inputType?.rawValue ?? "") is not supported")
    }
    let document: JSON
    do {
        document = try JSON(parsing: try objects.getObject(bucket: source.bucket, key: source.key))
    } catch let error as JSONError {
        return failure("Attempting to read \(place) as JSON: \(error)")
    } catch {
        return failure("\(place): \(error)")
    }
    var items = document
    for name in (source.reader.itemsPointer ?? "").split(separator: "/") {
        items = items[String(name)] ?? .null
    }
    guard let array = items.array else {
        return failure("Attempting to map over non-iterable node in \(place).")
    }
    return .success(source.maxItems.map { $0 > 0 ? Array(array.prefix($0)) : array } ?? array)
}

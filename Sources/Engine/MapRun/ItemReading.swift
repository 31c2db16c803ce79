import JSON
import StatesLanguage

/// Reads a distributed Map's items:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>.
///
/// Not supported, and refused when a state machine is created: manifests and Parquet. Objects
/// compressed with gzip or Zstandard fail the state with `States.ItemReaderFailed`.
func readItems(
    _ source: ItemSource, from objects: any ObjectSource
) -> Result<MapItems, Failure> {
    do {
        let reading = ItemReading(reader: source.reader, limit: source.limit)
        switch source.what {
        case .object(let key):
            return .success(try reading.object(source.bucket, key, from: objects))
        case .listing(let prefix):
            return .success(try reading.listing(source.bucket, prefix, from: objects))
        }
    } catch let error as ItemReading.Failed {
        return .failure(
            Failure(error: StatesError.Name.itemReaderFailed, cause: error.cause).shortened)
    } catch {
        return .failure(
            Failure(
                error: StatesError.Name.itemReaderFailed,
                cause: "s3://\(source.bucket): \(error)"
            ).shortened)
    }
}

/// One reading of items.
struct ItemReading {
    let reader: ItemReader
    /// No more items than this are read.
    let limit: Int
    /// Bytes of an object, and of the items made of it: what is read is held in memory at first.
    /// AWS takes up to 10 GB.
    var maximumBytes = 256 << 20

    /// Why items could not be read.
    struct Failed: Error { let cause: String }

    /// The items that an object holds.
    func object(
        _ bucket: String, _ key: String, from objects: any ObjectSource
    ) throws -> MapItems {
        let place = "s3://\(bucket)/\(key)"
        let bytes: [UInt8]
        do {
            bytes = try objects.getObject(bucket: bucket, key: key)
        } catch {
            throw Failed(cause: "\(place): \(error)")
        }
        guard bytes.count <= maximumBytes else {
            throw Failed(cause: "\(place): more than \(maximumBytes) bytes")
        }
        let compressed: [(magic: [UInt8], name: String)] = [
            ([0x1F, 0x8B], "gzip"), ([0x28, 0xB5, 0x2F, 0xFD], "Zstandard"),
        ]
        for (magic, name) in compressed where bytes.starts(with: magic) {
            throw Failed(cause: "\(place): compressed with \(name), which is not supported")
        }
        do throws(Failed) {
            return try items(in: bytes, source: place)
        } catch {
            throw Failed(cause: "\(place): \(error.cause)")
        }
    }

    /// The metadata of the objects whose keys start with the prefix, or with LOAD_AND_FLATTEN the
    /// items they hold. There are no directories here, so none of the empty objects that S3's
    /// console makes of them are expected; they count as any object when they are only listed.
    func listing(
        _ bucket: String, _ prefix: String, from objects: any ObjectSource
    ) throws -> MapItems {
        let listed: [ListedObject]
        do {
            listed = try objects.listObjects(bucket: bucket, prefix: prefix)
        } catch {
            throw Failed(cause: "s3://\(bucket)/\(prefix): \(error)")
        }
        var items = MapItems(source: "s3://\(bucket)")
        guard reader.transformation == .loadAndFlatten else {
            for object in listed.prefix(limit) { items.append(object.metadata) }
            return items
        }
        for found in listed where !(found.key.hasSuffix("/") && found.sizeBytes == 0) {
            guard items.count < limit else { break }
            let rest = ItemReading(reader: reader, limit: limit - items.count)
            items.append(try rest.object(bucket, found.key, from: objects))
        }
        return items
    }

    private func items(in bytes: [UInt8], source: String) throws(Failed) -> MapItems {
        var text = bytes[...]
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        switch reader.inputType {
        case .json?: return try json(text, source)
        case .jsonLines?: return try jsonLines(text, source)
        case .csv?:
            var items = MapItems(source: source)
            var csv = try CSVItems(text, reader)
            while items.count < limit, let item = try csv.next() {
                items.append(item)
                guard csv.itemBytes <= maximumBytes else {
                    throw Failed(cause: "its items have more than \(maximumBytes) bytes")
                }
            }
            return items
        case .manifest?, .parquet?, nil:
            throw Failed(
                cause: "the InputType \(reader.inputType?.rawValue ?? "none") is not supported")
        }
    }

    private func json(_ text: ArraySlice<UInt8>, _ source: String) throws(Failed) -> MapItems {
        let document: JSON
        do throws(JSONError) {
            document = try JSON(parsing: text)
        } catch {
            throw Failed(cause: "Attempting to read it as JSON: \(error)")
        }
        let pointer = reader.itemsPointer ?? ""
        guard let found = document.value(at: pointer) else {
            throw Failed(cause: "the ItemsPointer '\(pointer)' leads nowhere")
        }
        guard var items = MapItems(found, source: source) else {
            throw Failed(cause: "Attempting to map over non-iterable node.")
        }
        items.truncate(to: limit)
        return items
    }

    /// An item a line; lines with nothing but spaces are none.
    private func jsonLines(_ text: ArraySlice<UInt8>, _ source: String) throws(Failed) -> MapItems {
        var items = MapItems(source: source)
        var rest = text
        var line = 0
        while items.count < limit, !rest.isEmpty {
            line += 1
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            let bytes = rest[rest.startIndex..<end]
            rest = rest[end...].dropFirst()
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            do throws(JSONError) {
                items.append(try JSON(parsing: bytes))
            } catch {
                throw Failed(
                    cause: "Attempting to read line \(line) as JSON: \(error.message) "
                        + "at its byte \(error.byteOffset)")
            }
        }
        return items
    }
}

extension ListedObject {
    /// One entry of ListObjectsV2's answer as an item.
    fileprivate var metadata: JSON {
        [
            "Etag": .string("\"\(eTag)\""), "Key": .string(key),
            "LastModified": JSON(lastModifiedSeconds), "Size": JSON(sizeBytes),
            "StorageClass": "STANDARD",
        ]
    }
}

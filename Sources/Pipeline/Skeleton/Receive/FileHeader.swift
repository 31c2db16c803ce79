import CSV
import JSON
import LambdaRuntime
import Stores

/// The header of one input's file, as a job looks for its columns in it.
public struct FileHeader: Sendable {
    let object: ObjectReference
    let input: JobInput
    let header: CSVHeader

    /// What the partner calls the file.
    var file: String { object.fileName }
    var names: [String] { header.names }

    /// The column of that name, 0-based; nil when there is none. Names are compared by their bytes: to a
    /// String, an e with an accent in one character or two is the same.
    /// - Throws: ``StepError`` `Sluice.DuplicateColumn` when there are two.
    func column(_ name: String) throws(StepError) -> Int? {
        let found = names.indices.filter { names[$0].utf8.elementsEqual(name.utf8) }
        if found.count > 1 { throw duplicate(found[1]) }
        return found.first
    }

    /// - Throws: ``StepError`` `Sluice.DuplicateColumn` when any two columns have one name. Columns
    ///   without a name do not count.
    func checkNoRepeats() throws(StepError) {
        var seen: Set<[UInt8]> = []
        for (index, name) in names.enumerated() where !name.isEmpty {
            if !seen.insert(Array(name.utf8)).inserted { throw duplicate(index) }
        }
    }

    private func duplicate(_ index: Int) -> StepError {
        StepError(
            errorName: ErrorName.duplicateColumn,
            at: FilePlace(
                file: file, line: header.nameLines[index], byteOffset: header.nameOffsets[index],
                column: names[index]),
            "the header has two columns of this name")
    }

    /// `Sluice.MissingColumn`, with what is there.
    /// - Parameter wanted: what would do, for people.
    func missing(_ column: String, wanted: String) -> StepError {
        StepError(
            errorName: ErrorName.missingColumn,
            at: FilePlace(
                file: file, line: header.nameLines.first, byteOffset: header.nameOffsets.first,
                column: column),
            "the header has no such column; it has \(list); wanted are \(wanted)")
    }

    /// Quoted and, past what an error message has room for, cut.
    private var list: String {
        let shown = names.prefix(50).map { "\"\($0.prefix(200))\"" }.joined(separator: ", ")
        return names.count > 50 ? shown + " and \(names.count - 50) more" : shown
    }
}

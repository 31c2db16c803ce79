public import JSON

/// A table whose items are replaced whole, and only by what is not older: the last that is known of
/// each customer, say.
public protocol ItemTable: Sendable {
    var name: String { get }
    /// Writes items side by side, each with a key of its own. Written twice, an item is the same.
    /// - Parameters:
    ///   - items: their attributes, the key's among them; strings and numbers only.
    ///   - attribute: an attribute of all of them, a string: an item that is there with a greater one
    ///     (by its UTF-8 bytes) is newer and stays as it is.
    /// - Returns: how many stayed.
    /// - Throws: ``StoreError`` when any item could not be written; others may have been.
    func putItems(_ items: [JSONObject], newestBy attribute: String) throws(StoreError) -> Int
}

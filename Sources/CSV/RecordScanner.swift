import CScan

/// Finds records and fields in a window of bytes, 64 at a time.
///
/// Quotation marks are turned into a mask of the bytes inside quotes by a running exclusive or
/// (each mark flips what follows), so no byte is looked at alone until a field or record ends.
struct RecordScanner {
    let delimiter: UInt8
    /// Records longer than this are marked for a check of their length and that of their fields.
    let checkedFromBytes: Int

    /// Bytes that must be readable behind a window, for the last 64 to be loaded whole.
    static let slackBytes = 64

    /// Fills `batch` with the records that start at `start` or later and end within the window.
    ///
    /// - Parameters:
    ///   - start: offset of a record's first byte.
    ///   - end: offset behind the window's last byte.
    ///   - limit: records that start at this offset or later are left alone.
    ///   - isLast: nothing follows the window, so the last record may lack its line break.
    /// - Returns: the offset of the first record that was not taken.
    func scan(
        _ batch: inout RecordBatch, from start: Int, to end: Int, limit: Int, isLast: Bool
    ) -> Int {
        let bytes = batch.bytes
        let fieldEnds = batch.fieldEnds
        let records = batch.records
        var count = 0
        var recordStart = start
        var slot = 0
        var firstSlot = 0
        var insideCarry: UInt64 = 0
        var lastSpecial = -1
        var position = start
        guard start < limit else {
            batch.count = 0
            return start
        }
        while position < end {
            let masks = cscan_64(bytes + position, delimiter)
            let valid: UInt64 =
                end - position >= 64 ? ~0 : (1 &<< UInt64(truncatingIfNeeded: end - position)) &- 1
            let quotes = masks.quotes & valid
            var inside = insideCarry
            if quotes != 0 {
                inside ^= Self.prefixXOR(quotes)
                insideCarry = UInt64(bitPattern: Int64(bitPattern: inside) &>> 63)
            }
            let lineFeeds = masks.lineFeeds & ~inside & valid
            var marks = (masks.delimiters & ~inside & valid) | lineFeeds
            // A CR before a LF is part of the line break; the LF of bit 63 may be in the next block.
            var special = quotes | (masks.unusual & valid)
            let loneReturns =
                masks.carriageReturns & valid
                & ~(masks.lineFeeds &>> 1
                | (bytes[position + 64] == Byte.lineFeed ? 1 &<< 63 : 0))
            special |= loneReturns
            while marks != 0 {
                let bit = marks.trailingZeroBitCount
                let at = position &+ bit
                fieldEnds[slot] = UInt32(truncatingIfNeeded: at)
                slot &+= 1
                marks &= marks &- 1
                if lineFeeds &>> UInt64(truncatingIfNeeded: bit) & 1 == 0 { continue }

                let specialBefore = special & ((1 &<< UInt64(truncatingIfNeeded: bit)) &- 1)
                if specialBefore != 0 {
                    lastSpecial = position &+ 63 &- specialBefore.leadingZeroBitCount
                }
                var recordEnd = at
                if recordEnd > recordStart, bytes[recordEnd &- 1] == Byte.carriageReturn {
                    recordEnd &-= 1
                    fieldEnds[slot &- 1] = UInt32(truncatingIfNeeded: recordEnd)
                }
                if recordEnd == recordStart {  // a blank line
                    slot = firstSlot
                } else {
                    records[count] = RecordBatch.Record(
                        start: UInt32(truncatingIfNeeded: recordStart),
                        end: UInt32(truncatingIfNeeded: recordEnd),
                        fieldCount: UInt32(truncatingIfNeeded: slot &- firstSlot),
                        firstFieldEnd: UInt32(truncatingIfNeeded: firstSlot),
                        needsCheck: lastSpecial >= recordStart
                            || recordEnd &- recordStart > checkedFromBytes)
                    count &+= 1
                    firstSlot = slot
                }
                recordStart = at &+ 1
                if recordStart >= limit {
                    batch.count = count
                    return recordStart
                }
            }
            if special != 0 { lastSpecial = position &+ 63 &- special.leadingZeroBitCount }
            position &+= 64
        }
        if isLast, recordStart < end {
            fieldEnds[slot] = UInt32(truncatingIfNeeded: end)
            slot += 1
            records[count] = RecordBatch.Record(
                start: UInt32(recordStart), end: UInt32(end), fieldCount: UInt32(slot - firstSlot),
                firstFieldEnd: UInt32(firstSlot),
                needsCheck: lastSpecial >= recordStart || end - recordStart > checkedFromBytes,
                isCut: insideCarry != 0 ? .endOfFile : .none)
            count += 1
            recordStart = end
        }
        batch.count = count
        return recordStart
    }

    /// The offset behind the first line break outside quotes.
    ///
    /// - Parameter inside: whether `start` is inside quotes; afterwards, whether `end` is.
    /// - Returns: nil when there is none before `end`.
    func firstBoundary(
        _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, inside isInside: inout Bool
    ) -> Int? {
        var insideCarry: UInt64 = isInside ? ~0 : 0
        var position = start
        while position < end {
            let masks = cscan_64(bytes + position, delimiter)
            let valid: UInt64 =
                end - position >= 64 ? ~0 : (1 &<< UInt64(truncatingIfNeeded: end - position)) &- 1
            let inside = insideCarry ^ Self.prefixXOR(masks.quotes & valid)
            insideCarry = UInt64(bitPattern: Int64(bitPattern: inside) &>> 63)
            let lineFeeds = masks.lineFeeds & ~inside & valid
            if lineFeeds != 0 { return position + lineFeeds.trailingZeroBitCount + 1 }
            position += 64
        }
        isInside = insideCarry != 0
        return nil
    }

    /// Bit i is the exclusive or of bits 0...i.
    @inline(__always) private static func prefixXOR(_ mask: UInt64) -> UInt64 {
        var mask = mask
        mask ^= mask &<< 1
        mask ^= mask &<< 2
        mask ^= mask &<< 4
        mask ^= mask &<< 8
        mask ^= mask &<< 16
        mask ^= mask &<< 32
        return mask
    }
}

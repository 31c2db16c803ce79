import JSON

/// The job's message: one line of JSON for a customer.
enum Message {
    /// Appends `{"type":"customer_message",…}` and a line feed.
    static func write(_ customer: CustomerJoin.Customer, to lines: inout [UInt8]) {
        append(#"{"type":"customer_message","customer_reference":"#, to: &lines)
        writeReference(customer.reference, to: &lines)
        append(#","number_of_orders":"#, to: &lines)
        append(customer.orders, to: &lines)
        append(#","total_amount_spent":"#, to: &lines)
        if customer.scale == 2, let units = Int64(exactly: customer.amount) {
            appendHundredths(units, to: &lines)
        } else {
            Amount.write(customer.amount, scale: customer.scale, to: &lines)
        }
        append("}\n", to: &lines)
    }

    /// The reference as a JSON string; copied whole when nothing in it needs escaping.
    private static func writeReference(_ text: UnsafeRawBufferPointer, to lines: inout [UInt8]) {
        let isPlain = text.allSatisfy {
            $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        if isPlain {
            lines.append(UInt8(ascii: "\""))
            lines.append(contentsOf: text)
            lines.append(UInt8(ascii: "\""))
        } else {
            JSON.write(String(decoding: text, as: UTF8.self), to: &lines)
        }
    }

    @inline(__always)
    private static func append(_ text: StaticString, to lines: inout [UInt8]) {
        lines.append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private static func append(_ value: UInt64, to lines: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var at = 20
            var rest = value
            repeat {
                at -= 1
                digits[at] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            lines.append(contentsOf: digits[at...])
        }
    }

    private static func appendHundredths(_ units: Int64, to lines: inout [UInt8]) {
        if units < 0 { lines.append(UInt8(ascii: "-")) }
        let (whole, cents) = units.magnitude.quotientAndRemainder(dividingBy: 100)
        append(whole, to: &lines)
        lines.append(UInt8(ascii: "."))
        lines.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: cents / 10))
        lines.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: cents % 10))
    }
}

import CCurl

/// One of libcurl's easy handles with the exchange that it is busy with. Keeps its connection alive
/// between exchanges.
///
/// Sendable because a handle is with one thread at a time: it is taken from its client's pool, used,
/// and given back.
final class EasyHandle: @unchecked Sendable {
    static let maximumHeaderBytes = 256 << 10

    let handle: UnsafeMutableRawPointer
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var headerList: UnsafeMutablePointer<curl_slist>?

    // The exchange.
    private var transfer: HTTPTransfer?
    private var status = 0
    private var headers = HTTPHeaders()
    private var headerBytes = 0
    private var body: [UInt8] = []
    private var receivedBytes = 0
    private var failure: HTTPError?

    init() {
        guard let handle = curl_easy_init() else { fatalError("curl_easy_init: out of memory") }
        self.handle = handle
    }

    deinit {
        withoutBrokenPipeSignal { curl_easy_cleanup(handle) }
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    /// Sets the handle up for a transfer. Its memory must stay valid until ``finish(_:)``.
    func prepare(
        _ transfer: HTTPTransfer, connectTimeoutSeconds: Double
    ) throws(HTTPError) {
        let request = transfer.request
        try Self.check(request)
        curl_easy_reset(handle)
        self.transfer = transfer
        (status, headers, headerBytes, body, receivedBytes) = (0, HTTPHeaders(), 0, [], 0)
        failure = nil
        errorText[0] = 0

        curl_set_text(handle, CURLOPT_URL, request.url)
        curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        // HTTPS_PROXY and NO_PROXY hold for what goes out. Plain HTTP is for this machine and its
        // neighbours, which no proxy stands before.
        if !request.url.lowercased().hasPrefix("https:") {
            curl_set_text(handle, CURLOPT_PROXY, "")
        }
        curl_set_number(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        curl_set_number(handle, CURLOPT_PATH_AS_IS, 1)
        curl_set_number(handle, CURLOPT_NOSIGNAL, 1)
        curl_set_number(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        curl_set_number(handle, CURLOPT_TCP_NODELAY, 1)
        curl_set_number(
            handle, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(connectTimeoutSeconds))
        if let seconds = request.timeoutSeconds {
            curl_set_number(handle, CURLOPT_TIMEOUT_MS, Self.milliseconds(seconds))
        }
        if let seconds = request.idleTimeoutSeconds {
            curl_set_number(handle, CURLOPT_LOW_SPEED_LIMIT, HTTPRequest.idleBytesPerSecond)
            curl_set_number(handle, CURLOPT_LOW_SPEED_TIME, max(1, Int(min(seconds, 1e6))))
        }
        curl_set_text(handle, CURLOPT_USERAGENT, "sluice")
        if let bundle = LibCurl.certificateBundle { curl_set_text(handle, CURLOPT_CAINFO, bundle) }
        curl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText)
        setMethodAndBody(of: transfer)
        setHeaders(request.headers)
        setCallbacks()
    }

    /// At least one, since 0 means no limit to libcurl.
    private static func milliseconds(_ seconds: Double) -> Int {
        Int(min(max(seconds * 1000, 1), 1e9))
    }

    /// Refuses what would end up as another request than the one that was meant.
    private static func check(_ request: HTTPRequest) throws(HTTPError) {
        let isToken = { (text: String) in
            !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }
        }
        guard isToken(request.method) else {
            throw HTTPError(.invalidRequest, request, "the method is no token")
        }
        guard request.url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw HTTPError(.invalidRequest, request, "the URL has a space or a control character")
        }
        for field in request.headers.fields {
            guard isToken(field.name),
                field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
            else {
                throw HTTPError(
                    .invalidRequest, request,
                    "the header field \(field.name.debugDescription) cannot be sent")
            }
        }
    }

    private func setMethodAndBody(of transfer: HTTPTransfer) {
        let request = transfer.request
        switch request.method {
        case "GET": curl_set_number(handle, CURLOPT_HTTPGET, 1)
        case "HEAD": curl_set_number(handle, CURLOPT_NOBODY, 1)
        case "POST": curl_set_number(handle, CURLOPT_POST, 1)
        default: break
        }
        let hasBody = transfer.upload != nil || !request.body.isEmpty
        if hasBody || ["POST", "PUT", "PATCH"].contains(request.method) {
            let count = transfer.upload?.count ?? request.body.count
            curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(count))
            if let upload = transfer.upload {
                curl_set_pointer(handle, CURLOPT_POSTFIELDS, upload.baseAddress ?? Self.nothing)
            } else {
                // libcurl copies, so the array's own memory need not stay where it is.
                request.body.withUnsafeBytes {
                    _ = curl_set_pointer(
                        handle, CURLOPT_COPYPOSTFIELDS, $0.baseAddress ?? Self.nothing)
                }
            }
        }
        if !["GET", "HEAD", "POST"].contains(request.method) || hasBody {
            curl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    /// Something to point at for a body without bytes: a null pointer would mean no body.
    private nonisolated(unsafe) static let nothing = UnsafeRawPointer(
        UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))

    private func setHeaders(_ headers: HTTPHeaders) {
        curl_slist_free_all(headerList)
        headerList = nil
        for field in headers.fields {
            // A field without value is written with a semicolon, else libcurl leaves it out.
            let line = field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)"
            headerList = curl_slist_append(headerList, line)
        }
        // What libcurl would add of its own accord: a wait for "100 Continue", a guess at the type.
        headerList = curl_slist_append(headerList, "Expect:")
        if headers["Content-Type"] == nil {
            headerList = curl_slist_append(headerList, "Content-Type:")
        }
        if headers["Accept"] == nil { headerList = curl_slist_append(headerList, "Accept:") }
        curl_set_pointer(handle, CURLOPT_HTTPHEADER, headerList)
    }

    private func setCallbacks() {
        // Unretained: the handle outlives its transfer, see HTTPClient.
        let this = Unmanaged.passUnretained(self).toOpaque()
        curl_set_pointer(handle, CURLOPT_PRIVATE, this)
        curl_set_pointer(handle, CURLOPT_HEADERDATA, this)
        curl_set_pointer(handle, CURLOPT_WRITEDATA, this)
        curl_set_callback(handle, CURLOPT_HEADERFUNCTION) { bytes, _, count, this in
            let line = UnsafeRawBufferPointer(start: bytes, count: count)
            return EasyHandle.of(this!).receive(headerLine: line) ? count : 0
        }
        curl_set_callback(handle, CURLOPT_WRITEFUNCTION) { bytes, _, count, this in
            let part = UnsafeRawBufferPointer(start: bytes, count: count)
            return EasyHandle.of(this!).receive(bodyPart: part) ? count : 0
        }
    }

    static func of(_ pointer: UnsafeMutableRawPointer) -> EasyHandle {
        Unmanaged<EasyHandle>.fromOpaque(pointer).takeUnretainedValue()
    }

    private func fail(_ code: HTTPError.Code, _ message: String) -> Bool {
        if let request = transfer?.request { failure = HTTPError(code, request, message) }
        return false
    }

    private func receive(headerLine line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        if headerBytes > Self.maximumHeaderBytes {
            return fail(
                .headersTooLong, "more than \(Self.maximumHeaderBytes) bytes of header fields")
        }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            // The final answer follows an interim one (100 to 199).
            headers = HTTPHeaders()
            var code = 0
            curl_get_number(handle, CURLINFO_RESPONSE_CODE, &code)
            status = code
        } else if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) {
            let value = text.utf8[text.utf8.index(after: colon)...]
                .drop { $0 == 0x20 || $0 == 0x09 }
            let end = value.lastIndex { $0 > 0x20 }.map { value.index(after: $0) }
            headers.append(
                String(text[..<colon]),
                String(Substring(value[..<(end ?? value.startIndex)])))
        }
        return true
    }

    private func receive(bodyPart part: UnsafeRawBufferPointer) -> Bool {
        guard let transfer else { return false }
        if let destination = transfer.destination, 200...299 ~= status {
            guard receivedBytes + part.count <= destination.count else {
                return fail(
                    .bodyTooLong, "the body is longer than the \(destination.count) bytes asked for"
                )
            }
            UnsafeMutableRawBufferPointer(rebasing: destination[receivedBytes...])
                .copyMemory(from: part)
        } else {
            guard receivedBytes + part.count <= transfer.request.maximumBodyBytes else {
                return fail(
                    .bodyTooLong,
                    "the body is longer than \(transfer.request.maximumBodyBytes) bytes")
            }
            if body.isEmpty, let length = headers["Content-Length"].flatMap(Int.init) {
                body.reserveCapacity(min(length, transfer.request.maximumBodyBytes, 64 << 20))
            }
            body.append(contentsOf: part)
        }
        receivedBytes += part.count
        return true
    }

    /// The outcome, once libcurl has ended the transfer with that code.
    func finish(_ code: CURLcode) -> Result<HTTPResponse, HTTPError> {
        defer {
            transfer = nil
            body = []
        }
        guard let request = transfer?.request else { fatalError("finish before prepare") }
        if let failure { return .failure(failure) }
        guard code == CURLE_OK else {
            let own = String(cString: errorText)
            let message = own.isEmpty ? String(cString: curl_easy_strerror(code)) : own
            return .failure(
                HTTPError(HTTPError.Code(rawValue: Int32(code.rawValue)), request, message))
        }
        var number = 0
        curl_get_number(handle, CURLINFO_RESPONSE_CODE, &number)
        var response = HTTPResponse(status: number, headers: headers, body: body)
        response.bodyBytes = receivedBytes
        return .success(response)
    }
}

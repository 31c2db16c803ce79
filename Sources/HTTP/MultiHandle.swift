import CCurl

/// One of libcurl's multi handles: many transfers at a time from one thread, over connections that
/// are kept between calls.
///
/// Sendable because it is with one thread at a time, like ``EasyHandle``.
final class MultiHandle: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer
    private var idle: [EasyHandle] = []

    init() {
        guard let handle = curl_multi_init() else { fatalError("curl_multi_init: out of memory") }
        self.handle = handle
    }

    deinit {
        idle = []
        withoutBrokenPipeSignal { _ = curl_multi_cleanup(handle) }
    }

    func perform(
        _ transfers: [HTTPTransfer], atMost limit: Int, connectTimeoutSeconds: Double
    ) -> [Result<HTTPResponse, HTTPError>] {
        var outcomes: [Result<HTTPResponse, HTTPError>?] = Array(
            repeating: nil, count: transfers.count)
        var indexes: [ObjectIdentifier: Int] = [:]
        var busy: [ObjectIdentifier: EasyHandle] = [:]
        var next = 0
        curl_multi_set_number(handle, CURLMOPT_MAXCONNECTS, limit)

        func end(_ easy: EasyHandle, _ code: CURLcode) {
            curl_multi_remove_handle(handle, easy.handle)
            let identity = ObjectIdentifier(easy)
            if let index = indexes.removeValue(forKey: identity) {
                outcomes[index] = easy.finish(code)
            }
            busy[identity] = nil
            idle.append(easy)
        }

        while next < transfers.count || !busy.isEmpty {
            while busy.count < limit, next < transfers.count {
                let easy = idle.popLast() ?? EasyHandle()
                do throws(HTTPError) {
                    try easy.prepare(
                        transfers[next], connectTimeoutSeconds: connectTimeoutSeconds)
                    busy[ObjectIdentifier(easy)] = easy
                    indexes[ObjectIdentifier(easy)] = next
                    if curl_multi_add_handle(handle, easy.handle) != CURLM_OK {
                        end(easy, CURLE_OUT_OF_MEMORY)
                    }
                } catch {
                    outcomes[next] = .failure(error)
                    idle.append(easy)
                }
                next += 1
            }
            var running: Int32 = 0
            let code = curl_multi_perform(handle, &running)
            guard code == CURLM_OK else {
                for easy in Array(busy.values) { end(easy, CURLE_FAILED_INIT) }
                continue
            }
            var hasEnded = false
            var left: Int32 = 0
            while let message = curl_multi_info_read(handle, &left) {
                guard message.pointee.msg == CURLMSG_DONE else { continue }
                // The message is gone once its handle is removed: its parts are taken first.
                let result = curl_message_result(message)
                var pointer: UnsafeMutablePointer<CChar>?
                curl_get_pointer(message.pointee.easy_handle, CURLINFO_PRIVATE, &pointer)
                end(EasyHandle.of(UnsafeMutableRawPointer(pointer!)), result)
                hasEnded = true
            }
            if !hasEnded, running > 0 { curl_multi_poll(handle, nil, 0, 1000, nil) }
        }
        return outcomes.map { $0! }
    }
}

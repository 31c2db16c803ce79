#pragma once
#include <sys/socket.h>
#include <microhttpd.h>

/// MHD_start_daemon is variadic, which Swift cannot call: a daemon with a thread per connection on a
/// socket that listens already. `context` is handed to both callbacks.
static inline struct MHD_Daemon *sluice_start_daemon(
    MHD_socket listener, MHD_AccessHandlerCallback received,
    MHD_RequestCompletedCallback completed, void *context, unsigned int connections) {
    return MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL,
        NULL, received, context, MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_NOTIFY_COMPLETED,
        completed, context, MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_END);
}

#!/usr/bin/env bash
# Builds the libcurl that static executables link: HTTP and HTTPS over OpenSSL, nothing else.
# Installs into .build/static-libcurl/{include,lib}; does nothing when that is up to date.
#
# Debian's own libcurl.a wants Kerberos, LDAP, SSH and more, some of which have no static library.
# So this takes Debian's source package (with its security patches) and leaves all that out. The
# source lists are private to this script: the system's package configuration stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD/.build/static-libcurl
stamp=$root/built-by
mark=$(cksum <"$0") # another version of this script builds anew
if [ -f "$root/lib/libcurl.a" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$mark" ]; then
    exit 0
fi
for tool in apt-get dpkg-source make cc; do
    if ! command -v "$tool" >/dev/null; then
        echo "build-static-libcurl: $tool is missing; 'make setup' installs it on Debian" >&2
        exit 1
    fi
done

rm -rf "$root"
mkdir -p "$root"/apt/{sources,lists/partial,cache/archives/partial} "$root"/source
log=$root/log
quietly() {
    if ! "$@" >>"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "build-static-libcurl: '$*' failed; the whole output is in $log" >&2
        exit 1
    fi
}

echo "static libcurl: fetching Debian's source package"
# The system's sources, asked for source instead of binary packages.
for list in /etc/apt/sources.list.d/*.sources; do
    [ -f "$list" ] || continue
    sed 's/^Types:.*/Types: deb-src/' "$list" >"$root/apt/sources/${list##*/}"
done
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -f "$list" ] || continue
    sed -n 's/^deb[[:space:]]/deb-src /p' "$list" >"$root/apt/sources/${list##*/}"
    # apt reads only files with its suffixes.
    [ "${list##*/}" != sources.list ] || mv "$root/apt/sources/sources.list"{,.list}
done
private_apt=(
    -qq -o "Dir::Etc::SourceList=-" -o "Dir::Etc::SourceParts=$root/apt/sources"
    -o "Dir::State::Lists=$root/apt/lists" -o "Dir::Cache=$root/apt/cache"
    -o "APT::Sandbox::User=$(id -un)" -o "Acquire::Languages=none"
)
# A source of other software may have no source packages; what counts is whether curl is found.
apt-get "${private_apt[@]}" update >>"$log" 2>&1 || true
(cd "$root/source" && quietly apt-get "${private_apt[@]}" source curl)
rm -rf "$root/apt"

echo "static libcurl: building $(basename "$root"/source/curl_*.dsc .dsc)"
cd "$root"/source/curl-*/
left_out=(
    dict file ftp gopher imap ldap ldaps mqtt pop3 rtsp smb smtp telnet tftp
    alt-svc cookies crypto-auth doh get-easy-options hsts manual mime netrc ntlm ntlm-wb
    sspi tls-srp unix-sockets websockets
)
without=(brotli gssapi libgsasl libidn2 libpsl librtmp libssh2 nghttp2 ngtcp2 nghttp3 zlib zstd)
quietly ./configure --disable-shared --enable-static --with-openssl \
    --with-ca-bundle=/etc/ssl/certs/ca-certificates.crt --without-ca-path \
    --disable-dependency-tracking --enable-threaded-resolver --enable-proxy \
    "${left_out[@]/#/--disable-}" "${without[@]/#/--without-}" \
    CFLAGS="-O2 -ffunction-sections -fdata-sections"
quietly make -j "$(nproc)" -C lib
# Copied, as libtool's installation fails under a path with a space in it.
mkdir -p "$root"/lib "$root"/include/curl
cp lib/.libs/libcurl.a "$root/lib"
cp include/curl/*.h "$root/include/curl"
cd "$root"
rm -rf source
echo "$mark" >"$stamp"
echo "static libcurl: $(wc -c <lib/libcurl.a) bytes in .build/static-libcurl/lib/libcurl.a"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# summary:  a Dockerfile's RUN apt-get install fetches and installs a package, and the image that comes of it runs
# reports:  TestGvisorCompatibilityMatrix test_dockerfile_apt_install_works_under_gvisor
# expect:   works
# needs:    apt-cache buildah dpkg-query tar
# uses:     fixture
# grant:    CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_ADMIN SYS_CHROOT tmpfs:/run
# timeout:  15m
set -eu

# The capabilities are those that buildah gives to a RUN, and SYS_ADMIN for its mounts. It needs no daemon, no NAT and no privileged pod.

fail() { echo "FAILED: $*" >&2; exit 1; }

[ -n "${FIXTURE_URL:-}" ] || fail "FIXTURE_URL is empty: there is no package repository"
if command -v hello >/dev/null; then fail "this image has the package already, so its output would prove nothing"; fi

# FILE: a minimal Debian as a tar, as a registry's debian image is one: of this image's own packages, those that are essential, apt, and
# what they need. What usrmerge needs for its work is left out, since that is done.
make_base() {
	essential=$(dpkg-query --show --showformat='${binary:Package} ${Essential}\n' | sed -n 's/ yes$//p')
	# shellcheck disable=SC2086 # names without blanks
	packages=$(apt-cache depends --recurse --installed --important apt mawk $essential | grep '^[a-z]' |
		grep -Evx 'lib(file-find-rule|number-compare|text-glob)-perl' | sort -u)
	database=root/var/lib/dpkg
	mkdir -p $database/info $database/updates $database/triggers root/etc root/proc root/sys root/dev root/root root/tmp \
		root/var/cache/apt/archives/partial root/var/lib/apt/lists/partial root/var/log/apt
	chmod 1777 root/tmp
	for name in bin sbin lib lib64; do
		[ ! -L "/$name" ] || ln -s "usr/$name" "root/$name"
	done
	# shellcheck disable=SC2086 # names without blanks
	dpkg-query --status $packages | sed '/^Package: usrmerge$/,/^$/{/^Depends:/d;}' >$database/status
	: >$database/available
	cp /var/lib/dpkg/info/format $database/info
	for name in $packages; do
		cp "/var/lib/dpkg/info/$name".* "/var/lib/dpkg/info/$name":*.* $database/info 2>/dev/null || :
	done
	cp /etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.cache root/etc
	# Packages name their files as before the merge of /usr. Manuals and translations are left out, as in Debian's slim images.
	# shellcheck disable=SC2086 # names without blanks
	dpkg-query --listfiles $packages | sed -nE 's#^/(s?bin|lib|lib64)/#/usr/\1/#; s#^/##p' |
		grep -Ev '^usr/share/(doc|info|lintian|locale|man)/' | sort -u >files
	tar --create --file="$1" --directory=/ --no-recursion --ignore-failed-read --files-from=files 2>tar.log ||
		{ cat tar.log >&2; fail "the base image was not packed"; }
	tar --append --file="$1" --directory=root .
}

mkdir context
make_base context/base.tar
cp "$SSL_CERT_FILE" context/ca.crt
echo "deb [trusted=yes] $FIXTURE_URL/apt ./" >context/sources.list
cat >context/Dockerfile <<'END'
FROM scratch
ADD base.tar /
COPY ca.crt /etc/ssl/certs/ca-certificates.crt
COPY sources.list /etc/apt/
ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get install --yes hello
CMD ["/usr/bin/hello"]
END

printf '[storage]\ndriver = "vfs"\ngraphroot = "%s/storage"\nrunroot = "%s/run"\n' "$PWD" "$PWD" >storage.conf
export CONTAINERS_STORAGE_CONF="$PWD/storage.conf" BUILDAH_ISOLATION=chroot
buildah bud --tag localhost/built context >build.log 2>&1 || { cat build.log >&2; fail "the image was not built"; }
grep '^Setting up hello' build.log || fail "apt-get installed nothing: $(cat build.log)"

# In a new container of the image, not in what the build left behind. By chroot: `buildah run` of 1.28 (Debian 12) crashes under gVisor
# over a warning, that the sysctl net.ipv4.ping_group_range is missing, which `buildah bud` prints.
container=$(buildah from --pull-never localhost/built)
root=$(buildah mount "$container")
said=$(chroot "$root" /usr/bin/hello)
[ "$said" = "Hello, world!" ] || fail "the installed program said \"$said\""
# shellcheck disable=SC2016 # dpkg-query's own names
installed=$(chroot "$root" dpkg-query --show --showformat='${Status} ${Version}' hello)
case $installed in
"install ok installed "*) ;;
*) fail "dpkg in the image says of the package: $installed" ;;
esac

echo "built an image with apt-get install in a RUN (hello ${installed##* }), and its program says \"$said\""

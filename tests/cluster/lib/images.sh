# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The images: a pause container and a busybox of the bed's own, and the toolbox that the cases need. There is no
# registry: every node imports them.

pause_image=localhost/gvisor-smoke/pause:1
busybox_image=localhost/gvisor-smoke/busybox:1
toolbox=$repo_dir/cases/toolbox/image

# make_images: pause.tar and busybox.tar. busybox comes from Debian, without installing it.
make_images() {
	local root=$out/root
	mkdir -p "$root/pause" "$root/busybox"/{bin,etc,tmp,root,var/tmp} &&
		gcc -Os -static -s -o "$root/pause/pause" "$bed_dir/build/images/pause.c" &&
		make_image "$root/pause" "$out/pause.tar" localhost/gvisor-smoke/pause:1 '["/pause"]' &&
		debian_package busybox-static "$out/deb" &&
		cp "$out/deb/bin/busybox" "$root/busybox/bin/busybox" &&
		"$root/busybox/bin/busybox" --list | grep -vx busybox | while read -r name; do
			ln -sf busybox "$root/busybox/bin/$name"
		done &&
		chmod 1777 "$root/busybox/tmp" "$root/busybox/var/tmp" &&
		printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65532:65532:nobody:/tmp:/bin/sh\n' >"$root/busybox/etc/passwd" &&
		printf 'root:x:0:\nnobody:x:65532:\n' >"$root/busybox/etc/group" &&
		make_image "$root/busybox" "$out/busybox.tar" localhost/gvisor-smoke/busybox:1 '["/bin/sh"]' &&
		rm -rf "$root" "$out/deb"
}

# make_image FOLDER TAR REFERENCE COMMAND-JSON: wraps a folder as a docker-archive of one layer.
make_image() {
	local work=$2.work diff_id
	mkdir -p "$work" &&
		tar -C "$1" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf "$work/layer.tar" . &&
		diff_id=$(sha256sum "$work/layer.tar" | cut -d' ' -f1) &&
		cat >"$work/config.json" <<-END &&
			{"architecture": "$(go env GOARCH)", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ["sha256:$diff_id"]},
			 "config": {"Cmd": $4, "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}}
		END
		printf '[{"Config": "config.json", "RepoTags": ["%s"], "Layers": ["layer.tar"]}]\n' "$3" >"$work/manifest.json" &&
		tar -C "$work" -cf "$2" manifest.json config.json layer.tar &&
		rm -rf "$work"
}

# debian_package NAME FOLDER: unpacks a package there, without installing it: no service is started.
debian_package() {
	mkdir -p "$2.get" "$2" && (
		cd "$2.get" && { apt-get download "$1" || { apt-get update && apt-get download "$1"; }; } && dpkg-deb -x ./*.deb "$2"
	) && rm -rf "$2.get"
}

# import_images NODE: the bed's own; no pod starts without the pause image.
import_images() {
	local images
	images=$(part_path images)
	import_image "$1" $pause_image "$images/pause.tar"
	import_image "$1" $busybox_image "$images/busybox.tar"
}

# import_toolbox NODE: takes half a minute the first time, so it is done beside other work.
import_toolbox() {
	local tar
	if tar=$(toolbox_tar); then
		import_image "$1" "$(toolbox_reference)" "$tar"
	fi
}

# toolbox_tar: its path; it is built when it is missing.
toolbox_tar() {
	[ -x "$toolbox" ] || {
		say "warning: there is no $toolbox: the cluster has no toolbox image"
		return 1
	}
	"$toolbox" </dev/null 2>"$log_dir/toolbox.log" 9>&- || {
		show_log "$log_dir/toolbox.log"
		say "warning: the toolbox image could not be built: the cluster has none"
		return 1
	}
}

toolbox_reference() {
	"$toolbox" --ref 2>/dev/null || echo localhost/gvisor-smoke/toolbox:1
}

# has_image NODE REFERENCE
has_image() {
	local images
	images=$(on_node_ctr "$1" image ls -q 2>/dev/null) && grep -qxF "$2" <<<"$images"
}

# import_image NODE REFERENCE TAR: each only when that very file is not there already. What was imported is remembered by the file's path (it holds the inputs' hash).
import_image() {
	local mark began=$SECONDS
	mark=$(node_dir "$1")/containerd/imported-${2//[\/:]/_}
	if [ "$(cat "$mark" 2>/dev/null)" = "$3" ] && has_image "$1" "$2"; then
		return
	fi
	if ! on_node_ctr "$1" image import "$3" >"$log_dir/import-$1.log" 2>&1; then
		show_log "$log_dir/import-$1.log"
		fail "the image $2 could not be imported on $1"
	fi
	echo "$3" >"$mark"
	say "imported $2 on $1 in $((SECONDS - began)) s"
}

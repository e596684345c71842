# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The outside: a namespace that stands for the internet, with a DNS server and an HTTPS server called outside.test.
# Its certificate is of an authority of its own.

outside_url=https://outside.test/

# make_nginx: Debian's nginx, unpacked and not installed: no service of its own is started.
make_nginx() {
	debian_package nginx "$out/deb" && mv "$out/deb/usr/sbin/nginx" "$out/nginx" && rm -rf "$out/deb"
}

# start_outside: in the namespace that make_outside_network made.
start_outside() {
	local dir=$state_dir/outside
	make_authority outside-ca "gvisor-smoke outside"
	make_certificate outside outside.test "" "DNS:outside.test,DNS:*.outside.test,IP:$outside_address" outside-ca
	install -m 644 "$pki_dir/outside-ca.crt" "$state_dir/outside-ca.crt"
	rm -rf "$dir"
	mkdir -p "$dir"/{www,tmp}
	echo "hello from outside" >"$dir/www/index.html"
	chmod -R a+rX "$dir"
	write_outside_dns >"$dir/Corefile"
	write_outside_web "$dir" >"$dir/nginx.conf"
	start_daemon outside-dns nsenter --net="$(ns_path "$outside_ns")" "$bin_dir/coredns" -conf "$dir/Corefile"
	start_daemon outside-web nsenter --net="$(ns_path "$outside_ns")" "$bin_dir/nginx" -p "$dir" -c "$dir/nginx.conf" \
		-e "$log_dir/outside-web.log" -g "daemon off;"
}

write_outside_dns() {
	cat <<-END
		test {
			bind $outside_address
			errors
			template IN A {
				match ^([a-z0-9-]+\.)*outside\.test\.\$
				answer "{{ .Name }} 5 IN A $outside_address"
				fallthrough
			}
			template IN ANY {
				match ^([a-z0-9-]+\.)*outside\.test\.\$
				rcode NOERROR
				fallthrough
			}
			template ANY ANY {
				rcode NXDOMAIN
			}
		}
		. {
			bind $outside_address
			template ANY ANY {
				rcode NXDOMAIN
			}
		}
	END
}

write_outside_web() {
	cat <<-END
		user nobody nogroup;
		worker_processes 1;
		pid $1/nginx.pid;
		events {}
		http {
			access_log off;
			default_type text/plain;
			client_body_temp_path $1/tmp/body;
			proxy_temp_path $1/tmp/proxy;
			fastcgi_temp_path $1/tmp/fastcgi;
			uwsgi_temp_path $1/tmp/uwsgi;
			scgi_temp_path $1/tmp/scgi;
			server {
				listen $outside_address:80;
				listen $outside_address:443 ssl http2;
				server_name outside.test;
				ssl_certificate $pki_dir/outside.crt;
				ssl_certificate_key $pki_dir/outside.key;
				root $1/www;
			}
		}
	END
}

outside_answers() {
	daemon_runs outside-web && daemon_runs outside-dns &&
		[ "$(in_ns "$outside_ns" curl -s --max-time 2 --resolve "outside.test:443:$outside_address" \
			--cacert "$state_dir/outside-ca.crt" "$outside_url")" = "hello from outside" ]
}

wait_for_outside() {
	wait_for 10 outside_answers && return
	show_log "$log_dir/outside-web.log"
	show_log "$log_dir/outside-dns.log"
	fail "the outside's server does not answer"
}

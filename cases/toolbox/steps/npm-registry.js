// SPDX-License-Identifier: Apache-2.0
// npm-registry.js TGZ-DIR OUT: sorts package tarballs into OUT/tarballs/NAME/-/FILE and writes OUT/packuments/NAME.json for each
// package. Addresses in it begin with @FIXTURE_URL@, which the fixture replaces when it starts.
"use strict";
const { execFileSync } = require("child_process");
const { createHash } = require("crypto");
const fs = require("fs");
const path = require("path");

const [tgzDir, out] = process.argv.slice(2);
const packages = new Map();

// Numbers by size, so that 1.10.0 comes after 1.9.0: enough for the few versions that are here.
const byVersion = (a, b) => a.localeCompare(b, "en", { numeric: true });

for (const file of fs.readdirSync(tgzDir)) {
	const tarball = path.join(tgzDir, file);
	const members = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).split("\n");
	const member = members.find((name) => /^[^/]+\/package\.json$/.test(name));
	const manifest = JSON.parse(execFileSync("tar", ["-xzOf", tarball, member], { encoding: "utf8" }));
	const bytes = fs.readFileSync(tarball);
	const name = `${manifest.name.split("/").pop()}-${manifest.version}.tgz`;
	const folder = path.join(out, "tarballs", manifest.name, "-");
	fs.mkdirSync(folder, { recursive: true });
	fs.writeFileSync(path.join(folder, name), bytes);

	const version = { _id: `${manifest.name}@${manifest.version}` };
	for (const key of ["name", "version", "main", "bin", "engines", "os", "cpu", "license", "dependencies",
		"optionalDependencies", "peerDependencies", "peerDependenciesMeta"]) {
		if (manifest[key] !== undefined) version[key] = manifest[key];
	}
	version.dist = {
		tarball: `@FIXTURE_URL@/npm/${manifest.name}/-/${name}`,
		shasum: createHash("sha1").update(bytes).digest("hex"),
		integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}`,
	};
	if (!packages.has(manifest.name)) packages.set(manifest.name, {});
	packages.get(manifest.name)[manifest.version] = version;
}

for (const [name, versions] of packages) {
	const latest = Object.keys(versions).sort(byVersion).pop();
	const file = path.join(out, "packuments", `${name}.json`);
	fs.mkdirSync(path.dirname(file), { recursive: true });
	fs.writeFileSync(file, JSON.stringify({ _id: name, name, "dist-tags": { latest }, versions }));
}
console.error(`fixture: ${packages.size} npm packages`);

//! Values that are wrong, and what a right one looks like.

use super::*;

#[test]
fn what_an_image_stands_on_and_runs_on() {
    check(&[
        (
            "[defaults]\nplatforms = []",
            "coracle.toml:2:13: expected at least one platform",
        ),
        (
            "[defaults]\nplatforms = 'linux/amd64'",
            "coracle.toml:2:13: expected a list of platforms or \"all\", found \"linux/amd64\"\nhint: write [\"linux/amd64\"], also for a single one",
        ),
        (
            "[defaults]\nplatforms = 5",
            "coracle.toml:2:13: expected a list of platforms or \"all\", found the number 5",
        ),
        (
            "[defaults]\nplatforms = ['linux']",
            "coracle.toml:2:14: \"linux\" is not a platform, expected OS/ARCH or OS/ARCH/VARIANT, as in linux/amd64 or linux/arm/v7\nhint: did you mean \"linux/amd64\"?",
        ),
        (
            "[defaults]\nplatforms = ['linux/amd64', 'linux/amd64']",
            "coracle.toml:2:13: linux/amd64 is listed twice",
        ),
        (
            "[defaults]\nplatforms = ['linux/arm64', 'linux/arm64/v8']",
            "coracle.toml:2:13: linux/arm64/v8 is the same as linux/arm64, which is listed too",
        ),
        (
            "[defaults]\nbase = 'statik'",
            "coracle.toml:2:8: unknown base \"statik\", expected \"static\", \"scratch\" or a reference with a registry's host\nhint: did you mean \"static\"?",
        ),
        (
            "[defaults]\nbase = 'r.example/x@sha256:1'",
            "coracle.toml:2:8: a sha256 digest has 64 lower-case hex digits, found \"1\"",
        ),
    ]);
}

#[test]
fn what_an_image_is_called() {
    check(&[
        (
            "[defaults]\ntags = 'v1'",
            "coracle.toml:2:8: expected a list, found \"v1\"\nhint: write it in brackets: [\"v1\"]",
        ),
        (
            "[defaults]\ntags = ['a b']",
            "coracle.toml:2:9: \"a b\" is not a tag, expected up to 128 letters, digits, '_', '.' and '-', not starting with '.' or '-'\nhint: did you mean \"a-b\"?",
        ),
        (
            "[defaults]\ntags = ['{versoin}']",
            "coracle.toml:2:9: unknown template {versoin}\nhint: did you mean {version}?",
        ),
        (
            "[defaults]\ntags = ['{os}']",
            "coracle.toml:2:9: {os} has no value here\nhint: {os} and {arch} are for env, labels and annotations: all else is the same for every platform",
        ),
        (
            "[defaults]\nrepository = 'team/{name}'",
            "coracle.toml:2:14: \"team/{name}\" names no registry, expected HOST/PATH, as in registry.example.com/team/api\nhint: begin with the registry's host, as in \"registry.example.com/team/api\"; that of Docker Hub is docker.io",
        ),
        (
            "[defaults]\nrepository = 'r.example/{name'",
            "coracle.toml:2:14: '{' has no partner\nhint: write {{ where the character itself is meant",
        ),
    ]);
}

#[test]
fn how_an_image_runs() {
    check(&[
        (
            "[images.a]\nports = [8080, 70000]",
            "coracle.toml:2:16: 70000 is not a port, expected 1 to 65535, with its protocol where it is not tcp: 8080 or \"53/udp\"",
        ),
        (
            "[images.a]\nports = ['53/icmp']",
            "coracle.toml:2:10: \"53/icmp\" is not a port, expected 1 to 65535, with its protocol where it is not tcp: 8080 or \"53/udp\"",
        ),
        (
            "[images.a]\nports = [true]",
            "coracle.toml:2:10: expected a port, as in 8080 or \"53/udp\", found true",
        ),
        (
            "[images.a]\nenv = { 'A=B' = 'x' }",
            "coracle.toml:2:9: \"A=B\" is not a variable's name, expected one without '=' and spaces, as in PORT",
        ),
        (
            "[images.a]\nuser = 'a b'",
            "coracle.toml:2:8: \"a b\" is not a user, expected USER or USER:GROUP, each a name or a number, as in \"65532:65532\"",
        ),
        (
            "[images.a]\ncapabilities = 'net_bnd_service=ep'",
            "coracle.toml:2:16: \"net_bnd_service\" is not a capability, expected names of Linux's and flags of setcap's, as in \"net_bind_service=ep\"\nhint: did you mean \"net_bind_service\"?",
        ),
        (
            "[images.a]\nworkdir = 'app'",
            "coracle.toml:2:11: \"app\" is not a path in an image, expected an absolute one without '.', '..' and doubled slashes, as in /config/app.yaml\nhint: did you mean \"/app\"?",
        ),
        (
            "[images.a]\nentrypoint = []",
            "coracle.toml:2:1: entrypoint is empty, expected what the image starts\nhint: leave it out for its first program",
        ),
        (
            "[images.a]\nstop_signal = 'SIGTREM'",
            "coracle.toml:2:15: \"SIGTREM\" is not a signal, expected a name like SIGTERM or SIGRTMIN+3\nhint: did you mean \"SIGTERM\"?",
        ),
    ]);
}

#[test]
fn which_files_an_image_holds() {
    check(&[
        (
            "[[images.a.files]]\nfrom = '../a'\nto = '/a'",
            "coracle.toml:2:8: \"../a\" leads out of the project\nhint: bring it into the project first, or move coracle.toml up to a folder that holds both",
        ),
        (
            "[[images.a.files]]\nfrom = 'a'\nto = 'b'",
            "coracle.toml:3:6: \"b\" is not a path in an image, expected an absolute one without '.', '..' and doubled slashes, as in /config/app.yaml\nhint: did you mean \"/b\"?",
        ),
        (
            "[[images.a.files]]\nfrom = 'a'\nto = '/b'\nmode = '999'",
            "coracle.toml:4:8: \"999\" is not a file mode, expected octal digits, as in 0644",
        ),
        (
            "[[images.a.files]]\nfrom = 'a'\nto = '/b'\nexclude = ['[a']",
            "coracle.toml:4:12: \"[a\" is not a pattern of file names: unclosed character class; missing ']'\nhint: write a character that means itself in brackets, as in \"[[]id[]].js\"",
        ),
    ]);
}

#[test]
fn how_go_compiles() {
    check(&[
        (
            "[go]\nversion = '1'",
            "coracle.toml:2:11: \"1\" is not a version of Go, expected one like 1.26.8, 1.26 or 1.27rc1",
        ),
        (
            "[go]\nflags = ['-toolexec=sh']",
            "coracle.toml:2:10: -toolexec is refused in [go] flags: it runs a program\nhint: what writes source runs before coracle, as in: go generate ./...",
        ),
        (
            "[go]\nldflags = ['-X main.version=1']",
            "coracle.toml:2:12: -X is refused in [go] ldflags: stamps have a table of their own\nhint: write [stamp] vars = { \"main.version\" = \"{version}\" }",
        ),
        (
            "[go]\ntags = ['a,b']",
            "coracle.toml:2:9: \"a,b\" is not a build tag, expected letters, digits, '_' and '.'\nhint: write each one by itself: [\"a\", \"b\"]",
        ),
        (
            "[go]\nenv = { GOFLAGS = '-mod=mod' }",
            "coracle.toml:2:9: GOFLAGS is refused in [go] env: flags have a key of their own\nhint: write [go] flags = [\"-pgo=off\"]",
        ),
        (
            "[go]\nenv = { GOAMD64 = '../v2' }",
            "coracle.toml:2:19: \"../v2\" is not a value of a setting of Go, expected one like \"v2\"",
        ),
    ]);
}

#[test]
fn what_is_stamped() {
    check(&[
        (
            "[stamp]\nvars = { version = 'x' }",
            "coracle.toml:2:10: \"version\" is not a variable of a Go program, expected IMPORTPATH.NAME\nhint: a name with a dot is written in quotes, as in \"main.version\" = \"{version}\"",
        ),
        (
            "[stamp]\nvars.main.version = 'x'",
            "coracle.toml:2:6: \"main\" is not a variable of a Go program, expected IMPORTPATH.NAME\nhint: a name with a dot is written in quotes, as in \"main.version\" = \"{version}\"",
        ),
        (
            "[stamp]\nvars = { 'main.version' = '{os}' }",
            "coracle.toml:2:27: {os} has no value here\nhint: {os} and {arch} are for env, labels and annotations: all else is the same for every platform",
        ),
        (
            "[stamp]\nversion = ''",
            "coracle.toml:2:11: \"\" cannot be stamped, expected one line that is not empty",
        ),
        (
            "[stamp]\ndate = 'yesterday'",
            "coracle.toml:2:8: \"yesterday\" is not a time, expected one like 2026-01-31T12:00:00Z",
        ),
        (
            "[stamp]\ndate = 2026-01-31",
            "coracle.toml:2:8: \"2026-01-31\" is not a time, expected one like 2026-01-31T12:00:00Z",
        ),
    ]);
}

#[test]
fn where_things_come_from_and_go() {
    check(&[
        (
            "[modules]\nproxy = ['https://me:hunter2@p.example']",
            "coracle.toml:2:10: the URL of a module proxy holds credentials\nhint: keep them in ~/.netrc",
        ),
        (
            "[modules]\nprivate = ['a,b']",
            "coracle.toml:2:12: \"a,b\" is not a pattern of module paths, expected one like \"git.example.com/*\"",
        ),
        (
            "[layers]\ncompression = 'gzpi'",
            "coracle.toml:2:15: expected one of \"gzip\", \"zstd\", found \"gzpi\"\nhint: did you mean \"gzip\"?",
        ),
        (
            "[dist]\narchive = 'rar'",
            "coracle.toml:2:11: expected one of \"tar.gz\", \"zip\", found \"rar\"",
        ),
        (
            "[layers]\nlevel = 12",
            "coracle.toml:2:1: gzip has the levels 1 to 9 here, found 12\nhint: 9 is the smallest that gzip knows",
        ),
        (
            "[layers]\ncompression = 'zstd'\nlevel = 20",
            "coracle.toml:3:1: zstd has the levels 1 to 11 here, found 20\nhint: more would take much memory for layers that are hardly smaller",
        ),
        (
            "[cache]\nsize = '0MB'",
            "coracle.toml:2:8: a cache of size 0 would keep nothing\nhint: write \"unlimited\" where nothing is to be removed",
        ),
        (
            "[cache]\nsize = '10'",
            "coracle.toml:2:8: \"10\" is not a size, expected a number with its unit, as in 512MB or 10GB, or unlimited",
        ),
        (
            "[secrets]\nallow = ['/etc/passwd']",
            "coracle.toml:2:10: \"/etc/passwd\" is absolute, expected a path relative to the project",
        ),
        (
            "[registries.a]\ntrust = 'privat'",
            "coracle.toml:2:9: expected one of \"public\", \"private\", \"link-local\", found \"privat\"\nhint: did you mean \"private\"?",
        ),
        (
            "[registries.a]\nmirror = 'https://m.example'",
            "coracle.toml:2:10: \"https:\" is not a registry's host, expected a name or address, as in registry.example.com:5000",
        ),
        (
            "[registries.a]\nverify = true",
            "coracle.toml:2:10: expected a public key, or a table { key = \"…\" } or { identity = \"…\", issuer = \"…\" }, found true",
        ),
        (
            "[registries.a]\nverify = { kee = 'a.pub' }",
            "coracle.toml:2:12: unknown key \"kee\"\nhint: did you mean \"key\"?",
        ),
        (
            "[registries.a]\nverify = {}",
            "coracle.toml:2:10: nobody is named\nhint: name a key, or an identity and its issuer",
        ),
        (
            "[registries.a]\nverify = { identity = 'a' }",
            "coracle.toml:2:10: an identity means nothing without who vouches for it\nhint: name the issuer too: issuer = \"https://token.actions.githubusercontent.com\" is GitHub's",
        ),
        (
            "[registries.a]\nverify = { key = 'a.pub', identity = 'a', issuer = 'b' }",
            "coracle.toml:2:10: a key needs neither identity, issuer nor trusted_root\nhint: keep the key or these",
        ),
        (
            "[registries.a]\nverify = 'env://a b'",
            "coracle.toml:2:10: \"a b\" is not a variable's name, expected one without '=' and spaces, as in PORT",
        ),
        (
            "[network]\ntimeout = '5'",
            "coracle.toml:2:11: \"5\" is not a time limit, expected a positive time with its unit, as in \"30s\" or \"2m\"",
        ),
        (
            "[sign]\nkey = 'a'\ncommand = ['b']",
            "coracle.toml:3:1: key and command exclude each other\nhint: keep the one that signs",
        ),
        (
            "[sign]\ncommand = []",
            "coracle.toml:2:1: command is empty, expected a program that signs",
        ),
        (
            "[sign]\nkey = 'a'\nformat = []",
            "coracle.toml:3:1: format is empty, expected \"bundle\", \"classic\" or both",
        ),
        (
            "[sign]\nkey = 'a'\nformat = ['sig']",
            "coracle.toml:3:11: expected one of \"bundle\", \"classic\", found \"sig\"",
        ),
        (
            "[sign]\nkey = 'env://A B'",
            "coracle.toml:2:7: \"A B\" is not a variable's name, expected one without '=' and spaces, as in PORT",
        ),
    ]);
}

#[test]
fn wrong_values_of_signing_without_a_key_say_what_is_wrong() {
    check(&[
        (
            "[sign]\nkeyless = true",
            "coracle.toml:2:11: expected a table, found true\nhint: write its keys below [sign.keyless]",
        ),
        (
            "[sign]\nkey = 'a'\n[sign.keyless]",
            "coracle.toml:3:7: key and keyless exclude each other\nhint: keep the one that signs",
        ),
        (
            "[sign]\nformat = ['bundle', 'classic']\n[sign.keyless]",
            "coracle.toml:2:1: without a key, signatures are written as bundles alone\nhint: take \"classic\" out of format",
        ),
        (
            "[sign.keyless]\nrekor_version = 3",
            "coracle.toml:2:1: expected 1 or 2, found 3",
        ),
        (
            "[sign.keyless]\nfulcio = 'https://f.example'",
            "coracle.toml:2:1: fulcio is named and rekor is not\nhint: name all of them; that of Sigstore's public instance is rekor = \"https://rekor.sigstore.dev\"",
        ),
        (
            "[sign.keyless]\nrekor = 'https://r.example'",
            "coracle.toml:2:1: rekor is named and fulcio is not\nhint: name all of them; that of Sigstore's public instance is fulcio = \"https://fulcio.sigstore.dev\"",
        ),
        (
            "[sign.keyless]\nfulcio = 'https://f.example'\nrekor = 'https://r.example'",
            "coracle.toml:2:1: services of one's own are checked by their own certificates and keys\nhint: name the file: trusted_root = \"…\"; cosign trusted-root create writes one",
        ),
        (
            "[sign.keyless]\nfulcio = 'https://f.example'\nrekor = 'https://r.example'\ntrusted_root = 'r.json'\nrekor_version = 2",
            "coracle.toml:5:1: a log of version 2 tells no time\nhint: name a time-stamp authority: tsa = \"https://…\"",
        ),
        (
            "[sign.keyless]\nfulcio = 'f.example'",
            "coracle.toml:2:10: \"f.example\" is not the address of a service, expected one like \"https://fulcio.example.com\"",
        ),
        (
            "[sign.keyless]\nfulcio = 'http://f.example'",
            "coracle.toml:2:10: \"http://f.example\" is spoken to without encryption\nhint: write https://",
        ),
        (
            "[sign.keyless]\nfulcio = 'https://f.example/?token=hunter2'",
            "coracle.toml:2:10: the address of a service holds a query\nhint: take it out",
        ),
        (
            "[sign.keyless]\nfulcio = 'https://me:hunter2@f.example'",
            "coracle.toml:2:10: the address of a service holds credentials\nhint: take them out",
        ),
    ]);
}

#[test]
fn wrong_identities_say_what_is_wrong() {
    check(&[
        (
            "[sign.keyless]\nidentity = 'a'",
            "coracle.toml:2:1: an identity means nothing without who vouches for it\nhint: name the issuer too: issuer = \"https://token.actions.githubusercontent.com\" is GitHub's",
        ),
        (
            "[sign.keyless]\nissuer = 'a'",
            "coracle.toml:2:1: an issuer vouches for everybody who has an account there\nhint: name the identity too",
        ),
        (
            "[sign.keyless]\nidentity_regexp = 'a)(b'\nissuer = 'a'",
            "coracle.toml:2:19: \"a)(b\" is not a regular expression: error: unopened group",
        ),
        (
            "[sign.keyless]\nrecor = 'a'",
            "coracle.toml:2:1: unknown key \"recor\" in [sign.keyless]\nhint: did you mean \"rekor\"?",
        ),
    ]);
}

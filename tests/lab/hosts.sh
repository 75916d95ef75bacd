#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Kernels and machines on which tandem cannot do all it could: what is missing is said, with a way out.
# timeout: 300
# shellcheck disable=SC1091,SC2154,SC2034 # dir and status come from here
. "${TANDEM_SRC:?run me through make}/tests/lab/tap"
need_lab arm64
native arm64 || [ -e "$TANDEM_BUILD/../build-cross/tandem" ] || skip_all "no tandem for arm64; make cross"

# The lab always gives a GICv3: a stand-in for the emulator asks for another machine.
mkdir "$dir/qemu"
cat >"$dir/qemu/qemu-system-aarch64" <<END
#!/bin/sh
for arg; do
	shift
	case \$arg in
	virt,*) arg=virt,virtualization=on,gic-version=2 ;;
	esac
	set -- "\$@" "\$arg"
done
exec $(command -v qemu-system-aarch64) "\$@"
END
chmod +x "$dir/qemu/qemu-system-aarch64"
on_gicv2() { # on_gicv2 ARG...: as lab
	PATH="$dir/qemu:$PATH" "$TANDEM" lab --arch=arm64 -- "$@" >"$dir/out" 2>"$dir/err"
	status=$?
}

on_gicv2 bench rr --accel=kvm --notify=direct --duration=0.1 --no-noise-check
expect "a host with a GICv2 only: what guests need is named" 77 "no GICv3 for guests on this host.*--accel=thread"
on_gicv2 doctor
expect "a host with a GICv2 only: doctor finds it, and that threads can run" 1 "no GICv3 for guests on this host"
grep -q '^FAIL *vm ' "$dir/out"
result $? "a host with a GICv2 only: doctor calls that a failure"
on_gicv2 bench crowd tas --accel=kvm --ratio=1 --duration=0.1
expect "a host with a GICv2 only: so does crowd" 77 "no GICv3 for guests on this host.*--accel=thread"

without_io_uring() { # without_io_uring ARG...: as lab
	lab --arch=arm64 --append=sysctl.kernel.io_uring_disabled=2 -- "$@"
}

without_io_uring bench rr --notify=direct --duration=0.1 --no-noise-check
expect "io_uring switched off: which setting does it" 77 "kernel.io_uring_disabled"
without_io_uring doctor
expect "io_uring switched off: doctor finds it" 77 "FAIL *io_uring.*kernel.io_uring_disabled"
finish

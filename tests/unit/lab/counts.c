// SPDX-License-Identifier: BSD-2-Clause
// What a stock guest's kernel counts, out of /proc.
#include "lab/stock_counts.h"
#include "tests/common/suite.h"

static const char interrupts[] =
	"           CPU0       CPU1       \n"
	"  4:         90          1   IO-APIC   4-edge      ttyS0\n"
	" 24:          0          0  PCI-MSIX-0000:00:04.0   0-edge      virtio0-config\n"
	" 25:        100         20  PCI-MSIX-0000:00:04.0   1-edge      virtio0-input.0\n"
	" 26:          3          0  PCI-MSIX-0000:00:04.0   2-edge      virtio0-output.0\n"
	"LOC:       1000       2000   Local timer interrupts\n"
	"ERR:          0\n";

static const char net[] = "TcpExt: SyncookiesSent TCPTimeouts TCPTimeoutsX TCPOFOQueue\n"
			  "TcpExt: 1 22 333 4444\n"
			  "IpExt: InNoRoutes TCPTimeouts\n"
			  "IpExt: 7 8\n";

static void interrupts_of_virtio_are_counted(void **state)
{
	(void)state;
	assert_int_equal(stock_count_interrupts(interrupts), 123);
	assert_int_equal(stock_count_interrupts(" 20: 5 6  IO-APIC  20-edge  virtio0"), 11);
	assert_int_equal(stock_count_interrupts(""), 0);
	assert_int_equal(stock_count_interrupts("virtio"), 0);
	assert_int_equal(stock_count_interrupts(" 4: 7 ttyS0\nvirtio0\n"), 0);
}

static void counters_are_found_by_name(void **state)
{
	(void)state;
	assert_int_equal(stock_count_net(net, "TcpExt", "TCPTimeouts"), 22);
	assert_int_equal(stock_count_net(net, "TcpExt", "TCPTimeoutsX"), 333);
	assert_int_equal(stock_count_net(net, "TcpExt", "TCPOFOQueue"), 4444);
	assert_int_equal(stock_count_net(net, "IpExt", "TCPTimeouts"), 8);
}

static void what_is_not_there_is_none(void **state)
{
	(void)state;
	assert_int_equal(stock_count_net(net, "TcpExt", "TCPTime"), 0);
	assert_int_equal(stock_count_net(net, "Tcp", "TCPTimeouts"), 0);
	assert_int_equal(stock_count_net("", "TcpExt", "TCPTimeouts"), 0);
	assert_int_equal(stock_count_net("TcpExt: A B\n", "TcpExt", "A"), 0);
	assert_int_equal(stock_count_net("TcpExt: A B\nTcpExt: 1\n", "TcpExt", "B"), 0);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "interrupts of virtio are counted", interrupts_of_virtio_are_counted, NULL);
	suite_add(&s, "counters are found by name", counters_are_found_by_name, NULL);
	suite_add(&s, "what is not there is none", what_is_not_there_is_none, NULL);
	return suite_run(&s, "counts");
}

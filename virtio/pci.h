// SPDX-License-Identifier: BSD-2-Clause
// A modern virtio-pci device (virtio 1.2, section 4.1): accesses of its configuration space and
// its BARs made into calls of the device; MSI-X and INTx.
#ifndef VIRTIO_PCI_H
#define VIRTIO_PCI_H

#include "virtio/device.h"

/* Its two BARs, both memory, 32 bits wide: virtio's structures, a page each; MSI-X. */
enum { PCI_BAR_REGISTERS, PCI_BAR_MSIX, PCI_BARS };
#define PCI_REGISTERS_BYTES 0x4000u
#define PCI_MSIX_BYTES 0x1000u

/* In the first: where kicks go. Queue n's doorbell is n * PCI_DOORBELL_STRIDE behind it. */
#define PCI_DOORBELLS 0x3000u
#define PCI_DOORBELL_STRIDE 4u

/* Sources of interrupts: the queues, and behind them the configuration; a vector for each. */
#define PCI_SOURCES_MAX (DEVICE_QUEUES_MAX + 1u)

/* What a source's interrupt has to become. */
enum pci_irq_way {
	PCI_IRQ_NONE, /* nothing, it is forgotten */
	PCI_IRQ_KEPT, /* it is masked: kept, and delivered when it is not masked any more */
	PCI_IRQ_MSI,
	PCI_IRQ_INTX,
};

struct pci_irq {
	enum pci_irq_way way;
	uint64_t address; /* of the message */
	uint32_t data;
};

/* What the device asks of whoever wires it. Called on the thread of the driver's access. */
struct virtio_pci_ops {
	/* From now on this source's interrupts go that way. At first: PCI_IRQ_INTX. */
	void (*set_irq)(void *ctx, unsigned source, const struct pci_irq *irq);
	/* Has an interrupt of this source been kept? For the pending bit array. */
	bool (*is_kept)(void *ctx, unsigned source);
	/* The doorbells are at this guest physical address now; 0: nowhere. At first: nowhere. */
	void (*set_doorbells)(void *ctx, uint64_t at);
};

#define PCI_CONFIG_BYTES 256u

struct pci_msix_entry {
	uint32_t word[4]; /* address, its upper half, data, control */
};

/* One thread at a time: a driver's, or several under a lock. */
struct virtio_pci {
	struct virtio_device *dev;
	const struct virtio_pci_ops *ops;
	void *ctx;
	uint8_t config[PCI_CONFIG_BYTES];
	uint8_t writable[PCI_CONFIG_BYTES]; /* bits of it that a driver may write */
	struct pci_msix_entry table[PCI_SOURCES_MAX];
	uint32_t device_features_sel;
	uint32_t driver_features_sel;
	uint16_t queue_sel;
	uint16_t vector[PCI_SOURCES_MAX];    /* of each source */
	struct pci_irq irq[PCI_SOURCES_MAX]; /* as the owner was told last */
	uint64_t doorbells;		     /* the same */
};

/* `line`: where INTA goes, for the interrupt line register, which means nothing to the device. */
void pci_init(struct virtio_pci *p, struct virtio_device *dev, const struct virtio_pci_ops *ops,
	      void *ctx, uint8_t line);

/*
 * A driver's access of `len` bytes of the configuration space. It may not leave its 32-bit word:
 * all ones, and ignored when written.
 */
uint32_t pci_config_read(struct virtio_pci *p, uint32_t offset, unsigned len);
void pci_config_write(struct virtio_pci *p, uint32_t offset, unsigned len, uint32_t value);

/*
 * Which BAR do `len` bytes at this address lie in? false: in none that is decoded now, not wholly,
 * or memory accesses are disabled.
 */
bool pci_decode(const struct virtio_pci *p, uint64_t at, unsigned len, unsigned *bar,
		uint64_t *offset);

/*
 * A driver's access of `len` bytes inside a BAR. What the specification leaves undefined (other
 * widths than a register's, holes) reads as 0, what lies outside as all ones; both are ignored
 * when written.
 */
uint64_t pci_bar_read(struct virtio_pci *p, unsigned bar, uint64_t offset, unsigned len);
void pci_bar_write(struct virtio_pci *p, unsigned bar, uint64_t offset, unsigned len,
		   uint64_t value);

/* Does the device assert INTA? For whoever models the pin's level. */
bool pci_intx_level(const struct virtio_pci *p);

/* `len` bytes of ones: what a bus reads where nothing answers. */
static inline uint64_t pci_all_ones(unsigned len)
{
	return len >= 8 ? ~0ull : (1ull << 8 * len) - 1;
}

#endif

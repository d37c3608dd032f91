/* SPDX-License-Identifier: MIT */
/* Which programs this machine runs itself. */
#ifndef ARCH_ELF_H
#define ARCH_ELF_H

#include <elf.h>
#include <stdint.h>

#if defined(__x86_64__)
#define ARCH_ELF_CLASS	 ELFCLASS64
#define ARCH_ELF_MACHINE EM_X86_64
#define ARCH_ADDRESS_END 0x7ffffffff000
#elif defined(__aarch64__)
#define ARCH_ELF_CLASS	 ELFCLASS64
#define ARCH_ELF_MACHINE EM_AARCH64
#define ARCH_ADDRESS_END 0x1000000000000
#elif defined(__i386__)
#define ARCH_ELF_CLASS	 ELFCLASS32
#define ARCH_ELF_MACHINE EM_386
#define ARCH_ADDRESS_END 0xffffe000
#elif defined(__arm__)
#define ARCH_ELF_CLASS	 ELFCLASS32
#define ARCH_ELF_MACHINE EM_ARM
#define ARCH_ADDRESS_END 0xffff0000
#endif

#if UINTPTR_MAX > 0xffffffffu
typedef Elf64_Ehdr file_header;
typedef Elf64_Phdr program_header;
#else
typedef Elf32_Ehdr file_header;
typedef Elf32_Phdr program_header;
#endif

#endif

/* SPDX-License-Identifier: MIT */
/* The length of x86-64 instructions, from tables. Dual code. */
/*
 * The source is the Intel SDM, vol. 2: chapter 2 for what instructions are
 * composed of, appendix A for the opcode maps.
 */
#include "arch/x86_64/instruction.h"

enum prefix {
	PREFIX_OPERAND = 1, /* 66 */
	PREFIX_ADDRESS = 2, /* 67 */
	PREFIX_REPEAT = 4,  /* f3 */
	PREFIX_OTHER = 8,   /* f0, f2 */
	PREFIX_SEGMENT = 16,
	PREFIX_REX = 32,
	PREFIX_REX_W = 64,
	PREFIX_REX_B = 128,
};

enum map { MAP_ONE = 0, MAP_0F = 1, MAP_0F38 = 2, MAP_0F3A = 3 };
enum encoding { LEGACY = 1, VEX = 2, EVEX = 4 };

/* What has been read of one instruction. A `failed` one reads zeros. */
struct reader {
	const uint8_t *bytes;
	size_t size;
	size_t at;
	bool failed;
	unsigned int prefixes;
	enum encoding encoding;
	enum map map;
	uint8_t opcode;
	uint8_t modrm;
	int64_t immediate; /* the last one, with its sign */
};

/*
 * What follows an opcode, tables:
 *   .  nothing                M  ModRM and what belongs to it
 *   b  one byte               B  ModRM, then one byte
 *   w  two bytes              Z  ModRM, then as z
 *   z  two or four bytes by operand size
 *   v  two, four or eight bytes by operand size
 *   o  an address             e  enter's three bytes
 *   t  ModRM, and for its first two operations an immediate (test)
 *   -  not known
 * Prefixes, escapes and the VEX family are taken care of before.
 */
static const char forms_one[257] = "MMMMbz--MMMMbz--"  /* 00 */
				   "MMMMbz--MMMMbz--"  /* 10 */
				   "MMMMbz--MMMMbz--"  /* 20 */
				   "MMMMbz--MMMMbz--"  /* 30 */
				   "----------------"  /* 40 */
				   "................"  /* 50 */
				   "---M----zZbB...."  /* 60 */
				   "bbbbbbbbbbbbbbbb"  /* 70 */
				   "BZ-BMMMMMMMMMMMM"  /* 80 */
				   "..........--...."  /* 90 */
				   "oooo....bz......"  /* a0 */
				   "bbbbbbbbvvvvvvvv"  /* b0 */
				   "BBw.--BZe.w..b-."  /* c0 */
				   "MMMM---.MMMMMMMM"  /* d0 */
				   "bbbbbbbbzz-b...."  /* e0 */
				   "----..tt......MM"; /* f0 */

static const char forms_0f[257] = "MMMM-.-.---.-M--"  /* 00 */
				  "MMMMMMMMMMMMMMMM"  /* 10 */
				  "--------MMMMMMMM"  /* 20 */
				  "-.-.------------"  /* 30 */
				  "MMMMMMMMMMMMMMMM"  /* 40 */
				  "MMMMMMMMMMMMMMMM"  /* 50 */
				  "MMMMMMMMMMMMMMMM"  /* 60 */
				  "BBBBMMM.----MMMM"  /* 70 */
				  "zzzzzzzzzzzzzzzz"  /* 80 */
				  "MMMMMMMMMMMMMMMM"  /* 90 */
				  "...MBM--..-MBMMM"  /* a0 */
				  "MMMMMMMMMMBMMMMM"  /* b0 */
				  "MMBMBBBM........"  /* c0 */
				  "MMMMMMMMMMMMMMMM"  /* d0 */
				  "MMMMMMMMMMMMMMMM"  /* e0 */
				  "MMMMMMMMMMMMMMMM"; /* f0 */

/*
 * Which encodings know an opcode of the maps that VEX and EVEX share with the
 * older instructions: a sum of `enum encoding`. Everything in 0F38 has a ModRM;
 * everything in 0F3A a ModRM and a byte. Of 0F, the older ones are above.
 */
static const char known_0f[257] = "0000000000000000"  /* 00 */
				  "6666666600000000"  /* 10 */
				  "0000000066666666"  /* 20 */
				  "0000000000000000"  /* 30 */
				  "0220222200220000"  /* 40 */
				  "2622666666666666"  /* 50 */
				  "6666666666666666"  /* 60 */
				  "6666666244442266"  /* 70 */
				  "0000000000000000"  /* 80 */
				  "2222000022000000"  /* 90 */
				  "0000000000000020"  /* a0 */
				  "0000000000000000"  /* b0 */
				  "0060666000000000"  /* c0 */
				  "2666666266666666"  /* d0 */
				  "6666666666666666"  /* e0 */
				  "2666666266666660"; /* f0 */

static const char known_0f38[257] = "7333733333376622"	/* 00 */
				    "5446556366647774"	/* 10 */
				    "7777774477776622"	/* 20 */
				    "7777776777777777"	/* 30 */
				    "7344466602024444"	/* 40 */
				    "6666440066642020"	/* 50 */
				    "0044444040000000"	/* 60 */
				    "4464044466444444"	/* 70 */
				    "0004000044442424"	/* 80 */
				    "6666006666666666"	/* 90 */
				    "4444006666666666"	/* a0 */
				    "2200666666666666"	/* b0 */
				    "0000404451577707"	/* c0 */
				    "0022000010237777"	/* d0 */
				    "2222222222222222"	/* e0 */
				    "1122033211111000"; /* f0 */

static const char known_0f3a[257] = "6624662077773337"	/* 00 */
				    "0000777766440644"	/* 10 */
				    "7774044400000000"	/* 20 */
				    "2222000066440044"	/* 30 */
				    "3374702000222000"	/* 40 */
				    "4400444400002222"	/* 50 */
				    "3333004422222222"	/* 60 */
				    "4444000022222222"	/* 70 */
				    "0000000000000000"	/* 80 */
				    "0000000000000000"	/* 90 */
				    "0000000000000000"	/* a0 */
				    "0000000000000000"	/* b0 */
				    "0040000000001077"	/* c0 */
				    "0000000000000023"	/* d0 */
				    "0000000000000000"	/* e0 */
				    "3000000000000000"; /* f0 */

static uint8_t take(struct reader *reader)
{
	if (reader->at >= reader->size || reader->at >= INSTRUCTION_SIZE_MAX) {
		reader->failed = true;
		return 0;
	}
	return reader->bytes[reader->at++];
}

static void take_immediate(struct reader *reader, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)take(reader) << (8 * i);
	if (size > 0 && size < 8 && value >> (8 * size - 1))
		value |= ~0ull << (8 * size);
	reader->immediate = (int64_t)value;
}

/* --- Prefixes --- */

static unsigned int prefix_of(uint8_t byte)
{
	switch (byte) {
	case 0x66:
		return PREFIX_OPERAND;
	case 0x67:
		return PREFIX_ADDRESS;
	case 0xf3:
		return PREFIX_REPEAT;
	case 0xf0:
	case 0xf2:
		return PREFIX_OTHER;
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65:
		return PREFIX_SEGMENT;
	default:
		return 0;
	}
}

/* REX counts only directly in front of the opcode; elsewhere it is refused. */
static void read_prefixes(struct reader *reader)
{
	uint8_t byte = take(reader);

	while (prefix_of(byte) != 0) {
		reader->prefixes |= prefix_of(byte);
		byte = take(reader);
	}
	if ((byte & 0xf0) == 0x40) {
		reader->prefixes |= PREFIX_REX;
		if (byte & 8)
			reader->prefixes |= PREFIX_REX_W;
		if (byte & 1)
			reader->prefixes |= PREFIX_REX_B;
		byte = take(reader);
	}
	reader->opcode = byte;
}

/* Opcodes without an escape, or escaped by 0F, 0F 38 or 0F 3A. */
static void read_legacy(struct reader *reader)
{
	reader->encoding = LEGACY;
	if (reader->opcode != 0x0f)
		return;
	reader->map = MAP_0F;
	reader->opcode = take(reader);
	if (reader->opcode == 0x38 || reader->opcode == 0x3a) {
		reader->map = reader->opcode == 0x38 ? MAP_0F38 : MAP_0F3A;
		reader->opcode = take(reader);
	}
}

/* Sections 2.3 and 2.7: the escapes and older prefixes are inside. */
static void read_vex(struct reader *reader)
{
	unsigned int map = MAP_0F;

	if (reader->prefixes & ~(unsigned int)(PREFIX_ADDRESS | PREFIX_SEGMENT))
		reader->failed = true;
	if (reader->opcode == 0x62) {
		uint8_t first = take(reader);

		reader->encoding = EVEX;
		map = first & 15; /* bit 3 must be 0 */
		if (!(take(reader) & 4))
			reader->failed = true;
		take(reader);
	} else {
		reader->encoding = VEX;
		if (reader->opcode == 0xc4)
			map = take(reader) & 31;
		take(reader);
	}
	if (map < MAP_0F || map > MAP_0F3A)
		reader->failed = true;
	reader->map = (enum map)map;
	reader->opcode = take(reader);
}

static void read_opcode(struct reader *reader)
{
	read_prefixes(reader);
	if (reader->opcode == 0xc4 || reader->opcode == 0xc5 ||
		reader->opcode == 0x62)
		read_vex(reader);
	else
		read_legacy(reader);
}

/* --- What follows the opcode --- */

static bool is_known(const char *known, const struct reader *reader)
{
	return ((known[reader->opcode] - '0') & reader->encoding) != 0;
}

static char form_of(const struct reader *reader)
{
	switch (reader->map) {
	case MAP_ONE:
		return forms_one[reader->opcode];
	case MAP_0F38:
		return is_known(known_0f38, reader) ? 'M' : '-';
	case MAP_0F3A:
		return is_known(known_0f3a, reader) ? 'B' : '-';
	default:
		break;
	}
	if (reader->encoding == LEGACY)
		return forms_0f[reader->opcode];
	if (!is_known(known_0f, reader))
		return '-';
	/* What is new in EVEX has a ModRM. */
	return forms_0f[reader->opcode] == '-' ? 'M' : forms_0f[reader->opcode];
}

/* Section 2.1.5; 67 changes the width of registers only, not of this. */
static void read_modrm(struct reader *reader)
{
	unsigned int mod, rm, base;

	reader->modrm = take(reader);
	mod = reader->modrm >> 6;
	rm = base = reader->modrm & 7;
	if (mod == 3)
		return;
	if (rm == 4)
		base = take(reader) & 7;
	if (mod == 1)
		take_immediate(reader, 1);
	else if (mod == 2 || base == 5)
		take_immediate(reader, 4);
}

static unsigned int operation_of(const struct reader *reader)
{
	return (reader->modrm >> 3) & 7;
}

/* REX.W wins over 66; an immediate has at most four bytes, but for mov's. */
static unsigned int operand_size(const struct reader *reader)
{
	if (reader->prefixes & PREFIX_REX_W)
		return 8;
	return reader->prefixes & PREFIX_OPERAND ? 2 : 4;
}

static unsigned int immediate_size(const struct reader *reader, char form)
{
	unsigned int size = operand_size(reader);

	switch (form) {
	case 'b':
	case 'B':
		return 1;
	case 'w':
		return 2;
	case 'e':
		return 3;
	case 't':
		if (operation_of(reader) > 1)
			return 0;
		return reader->opcode == 0xf6 ? 1 : size == 2 ? 2 : 4;
	case 'z':
	case 'Z':
		return size == 2 ? 2 : 4;
	case 'v':
		return size;
	case 'o':
		return reader->prefixes & PREFIX_ADDRESS ? 4 : 8;
	default:
		return 0;
	}
}

static void read_operands(struct reader *reader)
{
	char form = form_of(reader);

	if (form == '-')
		reader->failed = true;
	if (form == 'M' || form == 'B' || form == 'Z' || form == 't')
		read_modrm(reader);
	take_immediate(reader, immediate_size(reader, form));
}

/* --- What it means --- */

static bool is_at(
	const struct reader *reader, enum map map, uint8_t low, uint8_t high)
{
	return reader->encoding == LEGACY && reader->map == map &&
	       reader->opcode >= low && reader->opcode <= high;
}

/* Operations of the groups of table A-6 that do not exist. */
static bool is_hole(const struct reader *reader)
{
	unsigned int operation = operation_of(reader);
	bool is_register = reader->modrm >> 6 == 3;

	if (is_at(reader, MAP_ONE, 0x8d, 0x8d)) /* lea */
		return is_register;
	if (is_at(reader, MAP_ONE, 0x8f, 0x8f)) /* pop, or AMD's XOP */
		return operation != 0;
	if (is_at(reader, MAP_ONE, 0xc6, 0xc7)) /* mov; xabort, xbegin */
		return operation != 0 && reader->modrm != 0xf8;
	if (is_at(reader, MAP_ONE, 0xfe, 0xfe))
		return operation > 1;
	if (is_at(reader, MAP_ONE, 0xff, 0xff))
		return operation == 7 ||
		       (is_register && (operation == 3 || operation == 5));
	if (is_at(reader, MAP_0F, 0xb8, 0xb8)) /* popcnt */
		return !(reader->prefixes & PREFIX_REPEAT);
	if (is_at(reader, MAP_0F, 0xba, 0xba))
		return operation < 4;
	return false;
}

/* 66 and 2e in front are the assemblers' way to make a nop longer. */
static bool is_padding(const struct reader *reader)
{
	if (reader->prefixes & ~(unsigned int)(PREFIX_OPERAND | PREFIX_SEGMENT))
		return false;
	if (is_at(reader, MAP_0F, 0x1f, 0x1f))
		return operation_of(reader) == 0;
	return is_at(reader, MAP_ONE, 0x90, 0x90);
}

static bool is_end(const struct reader *reader)
{
	return is_at(reader, MAP_ONE, 0xc2, 0xc3) ||
	       is_at(reader, MAP_ONE, 0xca, 0xcb) ||
	       is_at(reader, MAP_ONE, 0xcf, 0xcf) || /* iret */
	       is_at(reader, MAP_ONE, 0xf4, 0xf4) || /* hlt */
	       is_at(reader, MAP_0F, 0x0b, 0x0b) ||  /* ud2, ud1, ud0 */
	       is_at(reader, MAP_0F, 0xb9, 0xb9) ||
	       is_at(reader, MAP_0F, 0xff, 0xff);
}

static enum instruction_kind kind_of(const struct reader *reader)
{
	if (is_at(reader, MAP_ONE, 0xe8, 0xe8))
		return INSTRUCTION_CALL;
	if (is_at(reader, MAP_ONE, 0xe9, 0xe9) ||
		is_at(reader, MAP_ONE, 0xeb, 0xeb))
		return INSTRUCTION_JUMP;
	if (is_at(reader, MAP_ONE, 0x70, 0x7f) ||
		is_at(reader, MAP_ONE, 0xe0, 0xe3) ||
		is_at(reader, MAP_0F, 0x80, 0x8f))
		return INSTRUCTION_BRANCH;
	/* xbegin names the place where an aborted transaction goes on. */
	if (is_at(reader, MAP_ONE, 0xc7, 0xc7) && reader->modrm == 0xf8)
		return INSTRUCTION_BRANCH;
	if (is_at(reader, MAP_ONE, 0xff, 0xff) &&
		(operation_of(reader) == 4 || operation_of(reader) == 5))
		return INSTRUCTION_INDIRECT;
	if (is_at(reader, MAP_ONE, 0xcc, 0xcc))
		return INSTRUCTION_TRAP;
	if (is_end(reader))
		return INSTRUCTION_END;
	return is_padding(reader) ? INSTRUCTION_PADDING : INSTRUCTION_PLAIN;
}

static bool has_target(enum instruction_kind kind)
{
	return kind == INSTRUCTION_CALL || kind == INSTRUCTION_BRANCH ||
	       kind == INSTRUCTION_JUMP;
}

int instruction_read(
	const uint8_t *bytes, size_t size, struct instruction *instruction)
{
	struct reader reader = {.bytes = bytes, .size = size};

	read_opcode(&reader);
	read_operands(&reader);
	if (reader.failed || is_hole(&reader))
		return 0;
	instruction->kind = kind_of(&reader);
	instruction->size = (int)reader.at;
	instruction->target = 0;
	if (has_target(instruction->kind)) {
		/* Intel's processors ignore 66 here, AMD's do not. */
		if (operand_size(&reader) == 2)
			return 0;
		instruction->target = (int64_t)reader.at + reader.immediate;
	}
	return instruction->size;
}

int instruction_length(const uint8_t *bytes, size_t size)
{
	struct instruction instruction;

	return instruction_read(bytes, size, &instruction);
}

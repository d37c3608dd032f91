/* SPDX-License-Identifier: MIT */
/* Names of AF_UNIX sockets: given, used, and told again, in every call. */
// rows: bind connect sendto accept accept4 getsockname getpeername recvfrom
// also as a fake root
// rows: sendmsg sendmmsg recvmsg recvmmsg
#include "probe.h"

#include <stddef.h>

#define HEAD	  ((socklen_t)offsetof(struct sockaddr_un, sun_path))
#define PATH_MOST (sizeof(((struct sockaddr_un *)0)->sun_path))

static int scratch;

struct name {
	struct sockaddr_un address;
	socklen_t size;
};

static struct name named(const char *path)
{
	struct name name;
	size_t length = strlen(path);

	memset(&name, 0, sizeof(name));
	name.address.sun_family = AF_UNIX;
	memcpy(name.address.sun_path, path,
		length < PATH_MOST ? length : PATH_MOST);
	name.size = HEAD + (socklen_t)length + (length < PATH_MOST);
	return name;
}

static struct name abstract(const char *text)
{
	struct name name = named("");

	strcpy(name.address.sun_path + 1, text);
	name.size = HEAD + 1 + (socklen_t)strlen(text);
	return name;
}

static int made(int type)
{
	int fd = (int)raw(SYS_socket, AF_UNIX, type, 0);

	WORKS(fd);
	return fd;
}

static long bound(int fd, struct name name)
{
	return raw(SYS_bind, fd, &name.address, name.size);
}

static long connected(int fd, struct name name)
{
	return raw(SYS_connect, fd, &name.address, name.size);
}

static bool is_same(const struct name *got, struct name wanted)
{
	if (got->size == wanted.size &&
		memcmp(&got->address, &wanted.address, wanted.size) == 0)
		return true;
	fprintf(stderr, "wanted %u \"%s\", got %u \"%s\"\n", wanted.size,
		wanted.address.sun_path, got->size, got->address.sun_path);
	return false;
}

/* getsockname or getpeername say so. */
static bool says(long call, int fd, struct name wanted)
{
	struct name got;

	memset(&got, 0, sizeof(got));
	got.size = sizeof(got.address);
	return raw(call, fd, &got.address, &got.size) == 0 &&
	       is_same(&got, wanted);
}

/* A stream with this name, from bind to the last close. */
static void stream(struct name name, struct name client_name, long accepting)
{
	struct name got;
	char byte = 0;
	int server = made(SOCK_STREAM);
	int client = made(SOCK_STREAM);
	int peer;

	WORKS(bound(server, name));
	STEP(says(SYS_getsockname, server, name));
	WORKS(listen(server, 5));
	WORKS(bound(client, client_name));
	WORKS(connected(client, name));
	STEP(says(SYS_getpeername, client, name));
	STEP(says(SYS_getsockname, client, client_name));
	memset(&got, 0, sizeof(got));
	got.size = sizeof(got.address);
	WORKS(peer = (int)raw(accepting, server, &got.address, &got.size, 0));
	STEP(is_same(&got, client_name));
	STEP(says(SYS_getsockname, peer, name));
	STEP(says(SYS_getpeername, peer, client_name));
	EQUAL(1, write(client, "x", 1));
	EQUAL(1, raw(SYS_recvfrom, peer, &byte, 1, 0, NULL, NULL));
	EQUAL('x', byte);
	FAILS(EINVAL, bound(server, named("again")));
	STEP(!listed(scratch, "again") || older_than(5, 14));
	unlinkat(scratch, "again", 0);
	close(peer);
	close(client);
	close(server);
}

/* A name that is taken stays as its owner calls it. */
static void taken(void)
{
	struct name name = named("taken");
	int server = made(SOCK_STREAM);
	int other = made(SOCK_STREAM);

	WORKS(bound(server, name));
	FAILS(EADDRINUSE, bound(other, named("./taken")));
	STEP(says(SYS_getsockname, server, name));
	WORKS(unlinkat(scratch, "taken", 0));
	WORKS(bound(other, named("./taken")));
	STEP(says(SYS_getsockname, other, named("./taken")));
	WORKS(unlinkat(scratch, "taken", 0));
	close(server);
	close(other);
}

static void refusals(void)
{
	struct name name = named("refused");
	struct name got;
	int fd = made(SOCK_STREAM);

	FAILS(EFAULT, raw(SYS_bind, fd, BAD_POINTER, 20));
	FAILS(EINVAL, raw(SYS_bind, fd, &name.address, 1));
	FAILS(EINVAL, raw(SYS_bind, fd, &name.address, 1000));
	FAILS(EINVAL, raw(SYS_bind, fd, &name.address, -1));
	FAILS(EBADF, raw(SYS_bind, -1, &name.address, name.size));
	FAILS(ENOTSOCK, raw(SYS_bind, scratch, &name.address, name.size));
	FAILS(ENOENT, bound(fd, named("missing/socket")));
	FAILS(EADDRINUSE, bound(fd, named("file")));
	FAILS(EADDRINUSE, bound(fd, named("dangling")));
	STEP(!listed(scratch, "nothing"));
	FAILS(ENOENT, connected(fd, named("missing")));
	FAILS(ECONNREFUSED, connected(fd, named("file")));
	FAILS(ECONNREFUSED, connected(fd, abstract("proot-probe-none")));
	FAILS(ENOENT, connected(fd, named("dangling")));
	got.size = sizeof(got.address);
	FAILS(ENOTCONN, raw(SYS_getpeername, fd, &got.address, &got.size));
	FAILS(EFAULT, raw(SYS_getsockname, fd, &got.address, NULL));
	FAILS(EFAULT, raw(SYS_getsockname, fd, BAD_POINTER, &got.size));
	got.size = (socklen_t)-1;
	FAILS(EINVAL, raw(SYS_getsockname, fd, &got.address, &got.size));
	WORKS(bound(fd, name));
	STEP(listed(scratch, "refused"));
	/* Cut to the room there is; the size is the whole name's. */
	memset(&got, '#', sizeof(got));
	got.size = 5;
	WORKS(raw(SYS_getsockname, fd, &got.address, &got.size));
	EQUAL(name.size, got.size);
	STEP(memcmp(got.address.sun_path, "ref##", 5) == 0);
	got.size = 0;
	WORKS(raw(SYS_getsockname, fd, &got.address, &got.size));
	EQUAL(name.size, got.size);
	close(fd);
}

/* Through a symlink, and relative names in another directory. */
static void through_links(void)
{
	struct name name = named(absolute("d/linked"));
	int server = made(SOCK_STREAM);
	int client = made(SOCK_STREAM);

	name = named("tod/linked");
	WORKS(bound(server, name));
	STEP(says(SYS_getsockname, server, name));
	WORKS(listen(server, 5));
	STEP(listed(open("d", O_RDONLY), "linked"));
	WORKS(symlink(absolute("d/linked"), "tolinked"));
	WORKS(connected(client, named("tolinked")));
	STEP(says(SYS_getpeername, client, name));
	close(client);
	WORKS(chdir("d"));
	client = made(SOCK_STREAM);
	WORKS(connected(client, named("linked")));
	close(client);
	client = made(SOCK_STREAM);
	WORKS(connected(client, named("../d/linked")));
	WORKS(fchdir(scratch));
	close(client);
	close(server);
}

static void unnamed(void)
{
	struct name none = named("");
	struct name got;
	struct sockaddr_un family = {.sun_family = AF_UNIX};
	int pair[2];
	int fd = made(SOCK_DGRAM);

	none.size = HEAD;
	WORKS(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	STEP(says(SYS_getsockname, pair[0], none));
	STEP(says(SYS_getpeername, pair[0], none));
	got.size = sizeof(got.address);
	EQUAL(2, write(pair[0], "ab", 2));
	WORKS(raw(SYS_recvfrom, pair[1], got.address.sun_path, 2, 0,
		&got.address, &got.size));
	STEP(got.size == 0 || got.size == HEAD);
	/* Autobind: the kernel picks an abstract name of 5 digits. */
	WORKS(raw(SYS_bind, fd, &family, HEAD));
	got.size = sizeof(got.address);
	WORKS(raw(SYS_getsockname, fd, &got.address, &got.size));
	EQUAL(HEAD + 6, got.size);
	EQUAL(0, got.address.sun_path[0]);
	close(fd);
	close(pair[0]);
	close(pair[1]);
}

struct letter {
	struct msghdr header;
	struct iovec vector;
	struct name name;
	char text[16];
};

static void letter_make(struct letter *letter, const char *text)
{
	memset(letter, 0, sizeof(*letter));
	strcpy(letter->text, text);
	letter->vector.iov_base = letter->text;
	letter->vector.iov_len = text[0] ? strlen(text) : sizeof(letter->text);
	letter->name.size = sizeof(letter->name.address);
	letter->header.msg_name = &letter->name.address;
	letter->header.msg_namelen = letter->name.size;
	letter->header.msg_iov = &letter->vector;
	letter->header.msg_iovlen = 1;
}

static void letter_to(struct letter *letter, const char *text, struct name to)
{
	letter_make(letter, text);
	letter->name = to;
	letter->header.msg_namelen = to.size;
}

static void datagrams(struct name from, struct name to)
{
	struct letter out[2];
	struct letter in[2];
	struct mmsghdr many[2];
	struct name got;
	char text[16] = "";
	int sender = made(SOCK_DGRAM);
	int receiver = made(SOCK_DGRAM);

	WORKS(bound(sender, from));
	WORKS(bound(receiver, to));
	EQUAL(2, raw(SYS_sendto, sender, "ab", 2, 0, &to.address, to.size));
	memset(&got, 0, sizeof(got));
	got.size = sizeof(got.address);
	EQUAL(2, raw(SYS_recvfrom, receiver, text, sizeof(text), 0,
			 &got.address, &got.size));
	SAME("ab", text);
	STEP(is_same(&got, from));

	letter_to(&out[0], "cde", to);
	EQUAL(3, raw(SYS_sendmsg, sender, &out[0].header, 0));
	STEP(out[0].header.msg_name == &out[0].name.address);
	EQUAL(to.size, out[0].header.msg_namelen);
	letter_make(&in[0], "");
	EQUAL(3, raw(SYS_recvmsg, receiver, &in[0].header, 0));
	in[0].name.size = in[0].header.msg_namelen;
	STEP(is_same(&in[0].name, from));
	SAME("cde", in[0].text);
	STEP(in[0].header.msg_name == &in[0].name.address);

	letter_to(&out[0], "f", to);
	letter_to(&out[1], "gh", to);
	memset(many, 0, sizeof(many));
	many[0].msg_hdr = out[0].header;
	many[1].msg_hdr = out[1].header;
	if (older_than(3, 0)) {
		FAILS(ENOSYS, raw(SYS_sendmmsg, sender, many, 2, 0));
		WORKS(raw(SYS_sendmsg, sender, &out[0].header, 0));
		WORKS(raw(SYS_sendmsg, sender, &out[1].header, 0));
	} else {
		EQUAL(2, raw(SYS_sendmmsg, sender, many, 2, 0));
		EQUAL(1, many[0].msg_len);
		EQUAL(2, many[1].msg_len);
		STEP(many[1].msg_hdr.msg_name == &out[1].name.address);
	}
	letter_make(&in[0], "");
	letter_make(&in[1], "");
	memset(many, 0, sizeof(many));
	many[0].msg_hdr = in[0].header;
	many[1].msg_hdr = in[1].header;
	if (older_than(2, 33)) {
		FAILS(ENOSYS, raw(SYS_recvmmsg, receiver, many, 2, 0, NULL));
	} else {
		EQUAL(2, raw(SYS_recvmmsg, receiver, many, 2, 0, NULL));
		EQUAL(2, many[1].msg_len);
		SAME("gh", in[1].text);
		in[0].name.size = many[0].msg_hdr.msg_namelen;
		STEP(is_same(&in[0].name, from));
		in[1].name.size = many[1].msg_hdr.msg_namelen;
		STEP(is_same(&in[1].name, from));
	}
	/* Connected, with no name in the call. */
	WORKS(connected(sender, to));
	EQUAL(1, raw(SYS_sendto, sender, "x", 1, 0, NULL, 0));
	close(receiver);
	FAILS(ECONNREFUSED, raw(SYS_sendto, sender, "x", 1, 0, NULL, 0));
	FAILS(ECONNREFUSED,
		raw(SYS_sendto, sender, "x", 1, 0, &to.address, to.size));
	letter_to(&out[0], "y", named("missing"));
	FAILS(ENOENT, raw(SYS_sendmsg, sender, &out[0].header, 0));
	FAILS(EFAULT, raw(SYS_sendmsg, sender, BAD_POINTER, 0));
	out[0].header.msg_name = BAD_POINTER;
	FAILS(EFAULT, raw(SYS_sendmsg, sender, &out[0].header, 0));
	FAILS(EFAULT, raw(SYS_recvmsg, sender, BAD_POINTER, MSG_DONTWAIT));
	close(sender);
}

/* One bad name in the middle: what stood before it was sent. */
static void halves(void)
{
	struct letter out[3];
	struct mmsghdr many[3];
	struct name to = named("half");
	char text[16];
	int sender = made(SOCK_DGRAM);
	int receiver = made(SOCK_DGRAM);

	if (older_than(3, 0))
		return;
	WORKS(bound(receiver, to));
	letter_to(&out[0], "a", to);
	letter_to(&out[1], "b", named(absolute("missing")));
	letter_to(&out[2], "c", to);
	memset(many, 0, sizeof(many));
	for (int i = 0; i < 3; i++)
		many[i].msg_hdr = out[i].header;
	EQUAL(1, raw(SYS_sendmmsg, sender, many, 3, 0));
	EQUAL(1, recv(receiver, text, sizeof(text), MSG_DONTWAIT));
	FAILS(EAGAIN, recv(receiver, text, sizeof(text), MSG_DONTWAIT));
	letter_to(&out[1], "b", named("loop/x"));
	many[1].msg_hdr = out[1].header;
	EQUAL(1, raw(SYS_sendmmsg, sender, many, 3, 0));
	close(sender);
	close(receiver);
}

/* The longest names: 107 bytes and a NUL, and 108 without. */
static void longest(void)
{
	char text[PATH_MOST + 1];
	struct name name;

	for (size_t length = PATH_MOST - 1; length <= PATH_MOST; length++) {
		memset(text, 'n', sizeof(text));
		text[length] = '\0';
		name = named(text);
		if (length == PATH_MOST) {
			int fd = made(SOCK_STREAM);

			WORKS(bound(fd, name));
			STEP(listed(scratch, text));
			close(fd);
		} else {
			stream(name, named("client107"), SYS_accept4);
		}
	}
	/* Absolute, and as long as it gets. */
	memset(text, '\0', sizeof(text));
	strncpy(text, absolute(""), PATH_MOST - 20);
	while (strlen(text) < PATH_MOST - 1)
		strcat(text, "a");
	stream(named(text), named("clientabsolute"), SYS_accept);
	/* It does not end at its NUL, but where the size says. */
	name = named("tail");
	name.size = HEAD + 4;
	{
		int fd = made(SOCK_STREAM);

		strcpy(name.address.sun_path, "tailxxx");
		WORKS(bound(fd, name));
		STEP(listed(scratch, "tail"));
		close(fd);
	}
}

static void other_families(void)
{
	struct sockaddr address = {.sa_family = AF_UNSPEC};
	unsigned char port[16] = {AF_INET, 0, 0, 0, 127, 0, 0, 1};
	unsigned char got[16];
	socklen_t size = sizeof(got);
	int fd = (int)raw(SYS_socket, AF_INET, SOCK_DGRAM, 0);

	WORKS(fd);
	WORKS(raw(SYS_bind, fd, port, 16));
	WORKS(raw(SYS_getsockname, fd, got, &size));
	EQUAL(16, size);
	EQUAL(127, got[4]);
	WORKS(raw(SYS_connect, fd, got, 16));
	EQUAL(1, raw(SYS_sendto, fd, "x", 1, 0, got, 16));
	WORKS(raw(SYS_connect, fd, &address, sizeof(address)));
	close(fd);
}

int main(void)
{
	scratch = scratch_open();
	file_make("file", "");
	WORKS(mkdir("d", 0755));
	WORKS(symlink("loop", "loop"));
	WORKS(symlink(absolute("d"), "tod"));
	WORKS(symlink(absolute("nothing"), "dangling"));
	stream(named("server"), named("client"), SYS_accept);
	stream(named(absolute("d/s")), named(absolute("d/c")), SYS_accept4);
	STEP(listed(scratch, "server") && listed(scratch, "client"));
	stream(abstract("proot-probe-server"), abstract("proot-probe-client"),
		SYS_accept);
	taken();
	refusals();
	unnamed();
	datagrams(named("from"), named("to"));
	datagrams(named(absolute("d/from")), named(absolute("d/to")));
	datagrams(abstract("proot-probe-from"), abstract("proot-probe-to"));
	halves();
	longest();
	other_families();
	stream(named("./d/../relative"), named("d/c2"), SYS_accept4);
	STEP(listed(scratch, "relative"));
	through_links();
	return 0;
}

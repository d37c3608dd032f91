/* SPDX-License-Identifier: MIT */
/* Symlinks on the way: texts, links of /proc, names of bodies. Dual code. */
#include "view/body.h"
#include "view/kernel.h"
#include "view/procfs.h"
#include "view/walk.h"

#include <errno.h>
#include <string.h>

/* What a symlink of /proc means to the viewer, told as text. */
static int proc_link_text(
	struct walk *w, enum proc_kind kind, char *out, size_t *size)
{
	const struct viewer *viewer = w->viewer;

	*size = text_from_number((unsigned int)viewer->pid, out);
	if (kind == PROC_SELF)
		return 0;
	memcpy(out + *size, "/task/", 6);
	*size += 6;
	*size += text_from_number((unsigned int)viewer->tid, out + *size);
	return 0;
}

static bool trail_has(
	const struct trail *trail, const char *path, size_t length)
{
	const char *end = trail->bytes + trail->used;

	for (const char *at = trail->bytes; at < end; at += strlen(at) + 1)
		if (strlen(at) == length && memcmp(at, path, length) == 0)
			return true;
	return false;
}

static void note_directory(struct walk *w, size_t length)
{
	struct trail *trail = w->trail;

	if (!trail || trail_has(trail, w->r->host.text.bytes, length))
		return;
	if (trail->used + length + 1 > sizeof(trail->bytes)) {
		trail->is_partial = true;
		return;
	}
	memcpy(trail->bytes + trail->used, w->r->host.text.bytes, length);
	trail->used += length;
	trail->bytes[trail->used++] = '\0';
}

/* A symlink whose text is to be walked. The position is still the link. */
static int step_into_text(
	struct walk *w, const char *text, size_t size, size_t up)
{
	struct resolution *r = w->r;
	int status;

	status = rest_prepend(&r->rest, text, size);
	if (status < 0)
		return status;
	note_directory(w, up);
	if (size > 0 && text[0] == '/') {
		r->escapes = true;
		return walk_stand_at_root(w);
	}
	text_truncate(&r->host.text, up);
	if (r->has_guest)
		path_remove_last(&r->guest.text);
	return 0;
}

/* A magic link: the kernel does not walk its text, it jumps. */
static int step_into_magic(
	struct walk *w, struct proc_entry entry, const struct component *c)
{
	struct resolution *r = w->r;
	struct guest_path program;
	struct host_path named;
	int known = -ESRCH;
	int status;

	r->magic_links++;
	if (entry.kind == PROC_EXE || entry.kind == PROC_ROOT)
		known = viewer_program(w->viewer, entry.pid, &program);
	if (known == -EAGAIN)
		return known;
	if (entry.kind == PROC_EXE && known == 0) {
		status = rest_prepend(
			&r->rest, program.text.bytes, program.text.length);
		/* It is told from the view's top, whatever the base is. */
		return status < 0 ? status : walk_stand_at(w, "/", 1);
	}
	if (entry.kind == PROC_ROOT && known == 0) {
		status = walk_stand_at_root(w);
		if (status < 0 || *c->next != '\0')
			return status;
		return walk_finish_with(w, "/.");
	}
	if (*c->next != '\0')
		return walk_stand_behind(w, &r->host, false);
	if (viewer_link_path(r->host.text.bytes, &named) == 0)
		r->has_guest =
			view_detranslate_top(w->view, &named, &r->guest) == 0;
	else
		r->has_guest = false;
	return walk_finish_with(w, c->has_slash ? "/" : "");
}

/*
 * If the position is a name of an emulated hard link, go on with the body:
 * nobody shall see a symlink there. TEXT is what it reads.
 */
static bool step_into_body(struct walk *w, const struct text *text)
{
	struct host_path body;

	/* Links of /proc tell bodies' paths, and are no names of them. */
	if (!w->view->emulates_links ||
		proc_entry(&w->r->host).kind != PROC_NONE ||
		!body_find(&w->r->host, text, &body))
		return false;
	walk_spoil_trail(w);
	text_copy(&w->r->host.text, &body.text);
	w->r->is_body = true;
	return true;
}

int walk_at_last(struct walk *w)
{
	struct host_path text;

	if (!w->view->emulates_links)
		return DONE;
	do {
		if (kernel_read_link(w->r->host.text.bytes, &text.text) <= 0)
			return DONE;
		if (step_into_body(w, &text.text))
			return DONE;
	} while (proc_entry(&w->r->host).kind == PROC_NONE &&
		 body_has_moved(&w->r->host, &text.text));
	w->r->is_link = true;
	return DONE;
}

int walk_into_link(struct walk *w, const struct component *c, size_t up)
{
	struct resolution *r = w->r;
	struct host_path text;
	struct proc_entry entry = proc_entry(&r->host);
	size_t size = 0;
	long status = 0;

	text_clear(&text.text);
	if (entry.kind != PROC_NONE)
		walk_spoil_trail(w);
	if (entry.kind == PROC_SELF || entry.kind == PROC_THREAD_SELF)
		proc_link_text(w, entry.kind, text.text.bytes, &size);
	else
		status = kernel_read_link(r->host.text.bytes, &text.text);
	if (status == -EINVAL && *c->next != '\0')
		return 0; /* it is no symlink */
	if (status == -ENAMETOOLONG && proc_is_magic_link(entry.kind))
		status = 0; /* it is one, to a directory that is too deep */
	if (status == -EOVERFLOW)
		return -ENAMETOOLONG;
	r->is_denied |= status == -EACCES;
	if (status < 0) {
		if (*c->next == '\0' && c->has_slash)
			return walk_finish_with(w, "/");
		return *c->next == '\0' ? DONE : walk_finish_failing(w);
	}
	text_truncate(&text.text, size ? size : (size_t)status);
	if (step_into_body(w, &text.text)) {
		if (*c->next != '\0')
			return 0; /* ENOTDIR */
		return walk_finish_with(w, c->has_slash ? "/" : "");
	}
	if (w->view->emulates_links && entry.kind == PROC_NONE &&
		body_has_moved(&r->host, &text.text))
		return walk_into_link(w, c, up);
	if (++r->links > LINKS_MAX)
		return -ELOOP;
	if (*c->next == '\0' && c->has_slash)
		rest_prepend_slash(&r->rest);
	if (proc_is_magic_link(entry.kind))
		return step_into_magic(w, entry, c);
	return step_into_text(w, text.text.bytes, text.text.length, up);
}

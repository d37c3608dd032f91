/* SPDX-License-Identifier: MIT */
/* Shows its arguments, argv[0] first, one in brackets a line. */
#include <stdio.h>

int main(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		printf("[%s]\n", argv[i]);
	return 0;
}

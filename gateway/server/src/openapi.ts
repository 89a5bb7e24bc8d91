/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- the framework types plain options as a class */
import 'reflect-metadata';

import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { problemSchema } from '@veilsum/protocol';
import { z } from 'zod';

import { GatewayModule, type GatewayParts } from './gateway-module.js';

/** The OpenAPI document of the gateway, from its controllers and the schemas of the protocol. */
export async function createOpenApiDocument(version: string): Promise<OpenAPIObject> {
  // In preview nothing is instantiated, so nothing of what a gateway is given is touched.
  const nothing = {} as GatewayParts;
  const application = await NestFactory.create(GatewayModule.of(nothing), {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  const description = new DocumentBuilder()
    .setTitle('Veilsum gateway')
    .setDescription(
      'Failures are application/problem+json; their codes are in docs/error-codes.md.',
    )
    .setVersion(version)
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'ES256, signed with the enrolment key, certificate in x5c, at most five minutes',
    })
    .addGlobalResponse({
      status: 'default',
      description: 'A problem document (RFC 9457)',
      content: {
        'application/problem+json': {
          schema: z.toJSONSchema(problemSchema, { target: 'openapi-3.0' }) as object,
        },
      },
    })
    .build();
  const document = SwaggerModule.createDocument(application, description);
  await application.close();
  return document;
}

package io.github.cones4j.diffusion.toyland.world;

import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;

/** The outlines that everything is drawn from. Points are given as x, y, x, y, ... */
final class Shapes {
    private Shapes() {}

    static Shape ellipse(double x, double y, double radiusX, double radiusY) {
        return new Ellipse2D.Double(x - radiusX, y - radiusY, 2 * radiusX, 2 * radiusY);
    }

    static Shape circle(double x, double y, double radius) {
        return ellipse(x, y, radius, radius);
    }

    static Shape box(double left, double top, double right, double bottom) {
        return new Rectangle2D.Double(left, top, right - left, bottom - top);
    }

    static Shape roundBox(double left, double top, double right, double bottom, double radius) {
        return new RoundRectangle2D.Double(left, top, right - left, bottom - top, 2 * radius, 2 * radius);
    }

    static Shape segment(double x0, double y0, double x1, double y1) {
        return new Line2D.Double(x0, y0, x1, y1);
    }

    /** A quadratic curve from the first point towards the second to the third. */
    static Shape bend(double x0, double y0, double x1, double y1, double x2, double y2) {
        Path2D path = new Path2D.Double();
        path.moveTo(x0, y0);
        path.quadTo(x1, y1, x2, y2);
        return path;
    }

    /** A cubic curve. */
    static Shape wave(double x0, double y0, double x1, double y1, double x2, double y2, double x3, double y3) {
        Path2D path = new Path2D.Double();
        path.moveTo(x0, y0);
        path.curveTo(x1, y1, x2, y2, x3, y3);
        return path;
    }

    /** A closed polygon. */
    static Shape polygon(double... points) {
        Path2D path = new Path2D.Double();
        path.moveTo(points[0], points[1]);
        for (int i = 2; i < points.length; i += 2) {
            path.lineTo(points[i], points[i + 1]);
        }
        path.closePath();
        return path;
    }

    /** A smooth closed curve through the points (Catmull-Rom spline). */
    static Shape blob(double... points) {
        int n = points.length / 2;
        Path2D path = new Path2D.Double();
        path.moveTo(points[0], points[1]);
        for (int i = 0; i < n; i++) {
            int before = 2 * ((i + n - 1) % n);
            int from = 2 * i;
            int to = 2 * ((i + 1) % n);
            int after = 2 * ((i + 2) % n);
            path.curveTo(
                    points[from] + (points[to] - points[before]) / 6,
                    points[from + 1] + (points[to + 1] - points[before + 1]) / 6,
                    points[to] - (points[after] - points[from]) / 6,
                    points[to + 1] - (points[after + 1] - points[from + 1]) / 6,
                    points[to],
                    points[to + 1]);
        }
        path.closePath();
        return path;
    }

    /** An ellipse whose edge bulges outwards {@code bumps} times: clouds, crowns of trees, petals. */
    static Shape scallop(double x, double y, double radiusX, double radiusY, int bumps, double depth, double turn) {
        Path2D path = new Path2D.Double();
        for (int i = 0; i <= bumps; i++) {
            double angle = turn + 2 * Math.PI * i / bumps;
            double endX = x + radiusX * StrictMath.cos(angle);
            double endY = y + radiusY * StrictMath.sin(angle);
            if (i == 0) {
                path.moveTo(endX, endY);
            } else {
                double from = turn + 2 * Math.PI * (i - 0.85) / bumps;
                double to = turn + 2 * Math.PI * (i - 0.15) / bumps;
                path.curveTo(
                        x + radiusX * depth * StrictMath.cos(from),
                        y + radiusY * depth * StrictMath.sin(from),
                        x + radiusX * depth * StrictMath.cos(to),
                        y + radiusY * depth * StrictMath.sin(to),
                        endX,
                        endY);
            }
        }
        path.closePath();
        return path;
    }

    /** A star with its first point up. */
    static Shape star(double x, double y, double radius, int points, double inner) {
        Path2D path = new Path2D.Double();
        for (int i = 0; i < 2 * points; i++) {
            double length = i % 2 == 0 ? radius : radius * inner;
            double angle = Math.PI * i / points;
            double pointX = x + length * StrictMath.sin(angle);
            double pointY = y - length * StrictMath.cos(angle);
            if (i == 0) {
                path.moveTo(pointX, pointY);
            } else {
                path.lineTo(pointX, pointY);
            }
        }
        path.closePath();
        return path;
    }

    /** The upper half of an ellipse, closed by its diameter. */
    static Shape dome(double x, double y, double radiusX, double radiusY) {
        double k = 0.5523; // the handle of the cubic nearest to a quarter circle
        Path2D path = new Path2D.Double();
        path.moveTo(x - radiusX, y);
        path.curveTo(x - radiusX, y - k * radiusY, x - k * radiusX, y - radiusY, x, y - radiusY);
        path.curveTo(x + k * radiusX, y - radiusY, x + radiusX, y - k * radiusY, x + radiusX, y);
        path.closePath();
        return path;
    }

    /** A clockwise rotation by degrees about a point. */
    static AffineTransform rotation(double degrees, double x, double y) {
        double angle = Math.toRadians(degrees);
        double cos = StrictMath.cos(angle);
        double sin = StrictMath.sin(angle);
        return new AffineTransform(cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y);
    }

    static Shape turned(Shape shape, double degrees, double x, double y) {
        return rotation(degrees, x, y).createTransformedShape(shape);
    }
}
